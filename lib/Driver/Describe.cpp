//===- Describe.cpp - What an artifact says about itself ------------------===//

#include "lib/Driver/Describe.h"

using namespace mlir;
using namespace tenon;

tn_dtype tenon::dtypeOf(Type element) {
  auto make = [&](int code, unsigned bits) {
    return tn_dtype{uint8_t(code), uint8_t(bits), 1};
  };
  if (element.isInteger(1))
    return make(TN_BOOL, 8);
  unsigned bits = element.getIntOrFloatBitWidth();
  if (isa<BFloat16Type>(element))
    return make(TN_BFLOAT, 16);
  if (isa<Float8E4M3FNType>(element))
    return make(TN_FLOAT8_E4M3FN, 8);
  if (isa<Float8E4M3FNUZType>(element))
    return make(TN_FLOAT8_E4M3FNUZ, 8);
  if (isa<Float8E5M2Type>(element))
    return make(TN_FLOAT8_E5M2, 8);
  if (isa<Float8E5M2FNUZType>(element))
    return make(TN_FLOAT8_E5M2FNUZ, 8);
  if (isa<Float8E8M0FNUType>(element))
    return make(TN_FLOAT8_E8M0FNU, 8);
  if (isa<Float4E2M1FNType>(element))
    return make(TN_FLOAT4_E2M1FN, 8);
  if (isa<FloatType>(element))
    return make(TN_FLOAT, bits);
  // Narrow integers take a byte each.
  return make(element.isUnsignedInteger() ? TN_UINT : TN_INT,
              std::max(bits, 8u));
}

static cpu::ModuleTable::Tensor
describeTensor(const plan::HostTensor &tensor,
               ArrayRef<tn::ExprAttr> symbols) {
  cpu::ModuleTable::Tensor result;
  result.name = tensor.name;
  result.dtype = dtypeOf(tensor.type.getElementType());
  for (tn::ExprAttr dim : tn::shapeOf(tensor.type)) {
    cpu::ModuleTable::Dim entry;
    entry.text = dim.str();
    if (dim.isConstant())
      entry.size = dim.getValue();
    else if (const auto *it = llvm::find(symbols, dim); it != symbols.end()) {
      entry.symbol = it - symbols.begin();
      entry.text = dim.getName().str();
    }
    result.dims.push_back(entry);
  }
  return result;
}

void tenon::describe(const plan::HostProgram &program,
                     const tn::ShapeFacts &facts, cpu::ModuleTable &table) {
  for (tn::ExprAttr symbol : program.symbols) {
    tn::SymbolFact fact = facts.lookup(symbol.getName());
    table.symbols.push_back({symbol.getName().str(), fact.range.min,
                             fact.range.max, fact.multiple});
  }
  for (const plan::HostTensor &input : program.inputs)
    table.inputs.push_back(describeTensor(input, program.symbols));
  for (const plan::HostTensor &output : program.outputs)
    table.outputs.push_back(describeTensor(output, program.symbols));
}
