//===- ModuleTable.cpp - The table of a compiled module -------------------===//
//
// The fields of every record are written in the order of tenon_abi.h; natural
// alignment gives the same offsets here and there.
//
//===----------------------------------------------------------------------===//

#include "tenon/Target/CPU/ModuleTable.h"
#include "tenon/Target/CPU/WeightFile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace tenon::cpu {
namespace {

class TableBuilder {
public:
  TableBuilder(const ModuleTable &table, Module &module)
      : table(table), module(module), context(module.getContext()) {}

  void build();

private:
  Constant *i16(int64_t v) { return integer(16, v); }
  Constant *i32(int64_t v) { return integer(32, v); }
  Constant *i64(int64_t v) { return integer(64, v); }
  Constant *integer(unsigned bits, int64_t v) {
    return ConstantInt::getSigned(IntegerType::get(context, bits), v);
  }
  Constant *null() {
    return ConstantPointerNull::get(PointerType::get(context, 0));
  }
  Constant *record(ArrayRef<Constant *> fields) {
    return ConstantStruct::getAnon(context, fields);
  }
  /// A private constant and its address.
  Constant *constant(Constant *value, StringRef name) {
    auto *global = new GlobalVariable(module, value->getType(), true,
                                      GlobalValue::PrivateLinkage, value, name);
    return global;
  }
  Constant *string(StringRef text);
  template <typename Range, typename Fn>
  Constant *array(const Range &items, StringRef name, Fn fn);
  Constant *function(StringRef name, ArrayRef<Type *> arguments, Type *result);

  Constant *dtype(tn_dtype dtype) {
    return record(
        {integer(8, dtype.code), integer(8, dtype.bits), i16(dtype.lanes)});
  }
  Constant *dim(const ModuleTable::Dim &dim) {
    return record({i64(dim.size), i32(dim.symbol), i32(0), string(dim.text)});
  }
  Constant *symbol(const ModuleTable::Symbol &symbol) {
    return record({string(symbol.name), i64(symbol.min), i64(symbol.max),
                   i64(symbol.multiple)});
  }
  Constant *tensor(const ModuleTable::Tensor &tensor);
  Constant *kernel(const ModuleTable::Kernel &kernel);
  Constant *region(const ModuleTable::Region &region) {
    return record({string(region.name), region.function.empty()
                                            ? null()
                                            : string(region.function)});
  }
  Constant *variant(const ModuleTable::Variant &variant);
  Constant *weights();
  void defineQuery(Constant *desc);

  const ModuleTable &table;
  Module &module;
  LLVMContext &context;
  StringMap<Constant *> strings;
};

Constant *TableBuilder::string(StringRef text) {
  Constant *&known = strings[text];
  if (!known)
    known = constant(ConstantDataArray::getString(context, text), "text");
  return known;
}

template <typename Range, typename Fn>
Constant *TableBuilder::array(const Range &items, StringRef name, Fn fn) {
  SmallVector<Constant *> elements;
  for (const auto &item : items)
    elements.push_back((this->*fn)(item));
  if (elements.empty())
    return null();
  auto *type = ArrayType::get(elements.front()->getType(), elements.size());
  return constant(ConstantArray::get(type, elements), name);
}

Constant *TableBuilder::function(StringRef name, ArrayRef<Type *> arguments,
                                 Type *result) {
  FunctionCallee callee = module.getOrInsertFunction(
      name, FunctionType::get(result, arguments, false));
  auto *function = cast<Function>(callee.getCallee());
  function->setVisibility(GlobalValue::HiddenVisibility);
  function->setDSOLocal(true);
  return function;
}

Constant *TableBuilder::tensor(const ModuleTable::Tensor &tensor) {
  return record({string(tensor.name),
                 array(tensor.dims, "dims", &TableBuilder::dim),
                 i32(tensor.dims.size()), dtype(tensor.dtype)});
}

Constant *TableBuilder::kernel(const ModuleTable::Kernel &kernel) {
  Type *pointer = PointerType::get(context, 0);
  Type *index = Type::getInt64Ty(context);
  return record(
      {string(kernel.name),
       function(kernel.function, {pointer, index, index},
                Type::getVoidTy(context)),
       i64(kernel.launches)});
}

Constant *TableBuilder::variant(const ModuleTable::Variant &variant) {
  Type *pointer = PointerType::get(context, 0);
  Constant *run = function(variant.hostFunction,
                           {pointer, pointer, pointer, pointer, pointer},
                           Type::getInt32Ty(context));
  return record({string(variant.target), i64(variant.requiredFeatures), run,
                 array(variant.kernels, "kernels", &TableBuilder::kernel),
                 i64(variant.kernels.size()), i64(variant.arenaBytes),
                 array(variant.regions, "regions", &TableBuilder::region),
                 i64(variant.regions.size())});
}

Constant *TableBuilder::weights() {
  if (table.weightsBytes == 0)
    return null();
  auto *global =
      new GlobalVariable(module, Type::getInt8Ty(context), true,
                         GlobalValue::ExternalLinkage, nullptr, weightsSymbol);
  global->setVisibility(GlobalValue::HiddenVisibility);
  global->setDSOLocal(true);
  return global;
}

/// tn_module_query(version) = version == TN_ABI_VERSION ? desc : null
void TableBuilder::defineQuery(Constant *desc) {
  Type *pointer = PointerType::get(context, 0);
  Type *version = Type::getInt32Ty(context);
  auto *query = Function::Create(FunctionType::get(pointer, {version}, false),
                                 GlobalValue::ExternalLinkage,
                                 TN_MODULE_QUERY_SYMBOL, module);
  IRBuilder<> builder(BasicBlock::Create(context, "", query));
  Value *known = builder.CreateICmpEQ(query->getArg(0), i32(TN_ABI_VERSION));
  builder.CreateRet(builder.CreateSelect(known, desc, null()));
}

void TableBuilder::build() {
  Constant *desc = record({
      i32(TN_ABI_VERSION),
      i32(sizeof(tn_module_desc)),
      string(table.name),
      string(table.producer),
      array(table.symbols, "symbols", &TableBuilder::symbol),
      array(table.inputs, "inputs", &TableBuilder::tensor),
      array(table.outputs, "outputs", &TableBuilder::tensor),
      array(table.variants, "variants", &TableBuilder::variant),
      weights(),
      i64(table.weightsBytes),
      i32(table.symbols.size()),
      i32(table.inputs.size()),
      i32(table.outputs.size()),
      i32(table.variants.size()),
  });
  defineQuery(constant(desc, "module"));
}

} // namespace

std::unique_ptr<Module> buildTableModule(const ModuleTable &table,
                                         LLVMContext &context) {
  auto module = std::make_unique<Module>("table", context);
  TableBuilder(table, *module).build();
  return module;
}

Expected<ObjectCode> compileTable(const ModuleTable &table,
                                  const TargetDesc &target) {
  auto compiler = NativeCompiler::create(target, OptLevel::none);
  if (!compiler)
    return compiler.takeError();
  LLVMContext context;
  auto module = buildTableModule(table, context);
  (*compiler)->prepare(*module);
  return (*compiler)->compile(*module);
}

} // namespace tenon::cpu
