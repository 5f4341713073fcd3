//===- TestHost.cpp - Runs host programs against C++ kernels --------------===//

#include "test/unit/passes/Plan/TestHost.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "passes/Plan/Passes.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include <catch2/catch.hpp>
#include <cstring>

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;
using namespace tenon::plan::test;

static constexpr int64_t memoryLimit = 1 << 20;

std::string test::launch(const std::string &results, int index,
                         const std::string &operands, const std::string &types,
                         const std::string &scalars, const std::string &tiles) {
  std::string body, yielded;
  std::string inputs = types.substr(1, types.find(") -> ") - 1);
  std::string outputs = types.substr(types.find(") -> ") + 5);
  if (outputs.front() == '(')
    outputs = outputs.substr(1, outputs.size() - 2);
  int count = 0;
  llvm::SmallVector<llvm::StringRef> names;
  llvm::StringRef(inputs).split(names, ", ", -1, false);
  for (llvm::StringRef type : names)
    body += (count ? ", %q" : "^bb0(%q") + std::to_string(count) + ": " +
            type.str(),
        ++count;
  body += names.empty() ? "" : "):\n";
  names.clear();
  llvm::StringRef(outputs).split(names, ", ");
  for (auto [i, type] : llvm::enumerate(names)) {
    std::string name = "%r" + std::to_string(i);
    // A scalar has no axis for an iota.
    bool isScalar = type == "!scalar" || type == "!flag";
    body +=
        isScalar
            ? name + " = tn.constant dense<0> : " +
                  (type == "!flag" ? "tensor<i1>" : "tensor<i64>") + "\n"
            : name + " = tn.iota {axis = 0 : i64} : () -> " + type.str() + "\n";
    yielded += (i ? ", " : "") + name;
  }
  return results + " = tn.fusion(" + operands +
         ") attributes {index = " + std::to_string(index) +
         " : i64, args = #tn.shape<[" + scalars + "]>, tiles = #tn.expr<" +
         tiles +
         ">, grain = 1 : i64, flops = #tn.expr<0>, bytes = #tn.expr<0>} : " +
         types + " {\n" + body + "tn.yield " + yielded + " : " + outputs +
         "\n}\n";
}

//===----------------------------------------------------------------------===//
// Services
//===----------------------------------------------------------------------===//

struct TestHost::Services {
  static TestHost &host(tn_exec *exec) {
    return *reinterpret_cast<TestHost *>(exec);
  }

  static int32_t launch(tn_exec *exec, const tn_launch *launch) {
    TestHost &self = host(exec);
    if (self.launches++ == self.failAtLaunch)
      return 7;
    if (launch->tiles > 0)
      self.kernels.at(launch->kernel)(launch->args);
    return 0;
  }

  /// One after the other, above those that live at the same time.
  static int32_t plan(tn_exec *exec, int64_t id, int64_t count,
                      const tn_interval *lives, const int64_t *sizes,
                      void **addresses) {
    std::vector<int64_t> offsets(count);
    int64_t end = 0;
    for (int64_t i = 0; i < count; ++i) {
      if (sizes[i] < 0 || sizes[i] > memoryLimit)
        return 12;
      for (int64_t j = 0; j < i; ++j)
        if (lives[i].first <= lives[j].last && lives[j].first <= lives[i].last)
          offsets[i] = std::max(offsets[i], offsets[j] + sizes[j]);
      end = std::max(end, offsets[i] + sizes[i]);
    }
    std::vector<char> &arena = host(exec).arenas[id];
    arena.assign(end + 8, char(0xCD));
    for (int64_t i = 0; i < count; ++i)
      addresses[i] = arena.data() + offsets[i];
    return 0;
  }

  static int32_t alloc(tn_exec *exec, int64_t bytes, void **address) {
    TestHost &self = host(exec);
    if (bytes < 0 || bytes > memoryLimit)
      return 12;
    std::vector<char> memory(bytes + 8, char(0xCD));
    *address = memory.data();
    self.heap[memory.data()] = std::move(memory);
    ++self.allocations;
    self.mostAlive = std::max<int64_t>(self.mostAlive, self.heap.size());
    return 0;
  }

  static void release(tn_exec *exec, void *address) {
    if (!address)
      return;
    auto it = host(exec).heap.find(static_cast<char *>(address));
    REQUIRE(it != host(exec).heap.end());
    memset(it->second.data(), 0xDD, it->second.size());
    host(exec).heap.erase(it);
  }

  static int32_t output(tn_exec *exec, int32_t index, const int64_t *dims,
                        void **address) {
    TestHost &self = host(exec);
    const HostTensor &tensor = self.program.outputs[index];
    std::vector<int64_t> sizes(dims, dims + tensor.type.getRank());
    __int128 bytes = tn::elementBytes(tensor.type.getElementType());
    for (int64_t size : sizes)
      bytes = size < 0 ? memoryLimit + 1 : bytes * size;
    if (bytes > memoryLimit)
      return 12;
    self.outputs[index].dims = sizes;
    self.outputBytes[index].assign(bytes, char(0xCD));
    *address = self.outputBytes[index].data();
    return 0;
  }

  static int32_t fail(tn_exec *exec, const char *format, const int64_t *values,
                      int32_t count) {
    std::string &text = host(exec).message;
    text = format;
    for (int32_t i = 0; i < count; ++i)
      text.replace(text.find("%lld"), 4, std::to_string(values[i]));
    return 5;
  }

  static void enter(tn_exec *exec, int64_t region) {
    ++host(exec).entered[host(exec).program.regions[region].name];
    ++host(exec).open;
  }
  static void leave(tn_exec *exec) { --host(exec).open; }
};

//===----------------------------------------------------------------------===//
// TestHost
//===----------------------------------------------------------------------===//

TestHost::TestHost(const std::string &text, std::vector<Kernel> kernels)
    : kernels(std::move(kernels)), context(MLIRContext::Threading::DISABLED) {
  DialectRegistry registry;
  registry.insert<tn::TnDialect, func::FuncDialect, LLVM::LLVMDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  context.appendDialectRegistry(registry);
  auto source = parseSourceString<ModuleOp>(
      "!scalar = tensor<i64>\n!flag = tensor<i1>\n" + text, &context);
  REQUIRE(source);
  PassManager pm(&context);
  pm.addPass(createPlanMemory());
  REQUIRE(succeeded(pm.run(*source)));
  llvm::raw_string_ostream(plannedText) << *source;
  OwningOpRef<ModuleOp> lowered = ModuleOp::create(UnknownLoc::get(&context));
  func::FuncOp function;
  for (auto op : source->getOps<func::FuncOp>())
    if (op.isPublic())
      function = op;
  FailureOr<HostProgram> emitted = emitHostProgram(function, "host", *lowered);
  REQUIRE(succeeded(emitted));
  REQUIRE(succeeded(lowered->verify()));
  program = std::move(*emitted);

  TargetDesc target = llvm::cantFail(TargetDesc::lookup("x86-64-v3"));
  auto compiler = llvm::cantFail(
      cpu::NativeCompiler::create(target, cpu::OptLevel::normal));
  llvm::LLVMContext llvmContext;
  auto translated = llvm::cantFail(compiler->translate(*lowered, llvmContext));
  cpu::ObjectCode object = llvm::cantFail(compiler->compile(*translated));
  jit = llvm::cantFail(cpu::Jit::create(target));
  module = llvm::cantFail(jit->load({object}, {}));
  entry = reinterpret_cast<tn_host_fn>(llvm::cantFail(module->lookup("host")));
  weights.resize(program.weights.bytes);
  llvm::cantFail(cpu::loadWeights(program.weights, weights.data()));
}

TestHost::~TestHost() = default;

int32_t TestHost::run(const std::vector<Numbers> &inputs) {
  static constexpr tn_host_api api = {Services::launch, Services::plan,
                                      Services::alloc,  Services::release,
                                      Services::output, Services::fail,
                                      Services::enter,  Services::leave};
  REQUIRE(inputs.size() == program.inputs.size());
  outputs.assign(program.outputs.size(), {});
  outputBytes.assign(program.outputs.size(), {});
  message.clear();
  launches = allocations = mostAlive = open = 0;
  entered.clear();

  std::vector<tn_view> views;
  std::vector<std::vector<char>> bytes;
  std::vector<int64_t> symbols(program.inputSymbols, -1);
  for (auto [input, tensor] : llvm::zip(inputs, program.inputs)) {
    int64_t width = tn::elementBytes(tensor.type.getElementType());
    std::vector<char> &data = bytes.emplace_back(width * input.values.size());
    for (auto [i, value] : llvm::enumerate(input.values))
      memcpy(data.data() + i * width, &value, width);
    views.push_back(
        {data.data(), input.dims.data(), int32_t(input.dims.size()), {}});
    for (auto [dim, size] : llvm::zip(tn::shapeOf(tensor.type), input.dims))
      for (size_t s = 0; s < symbols.size(); ++s)
        if (program.symbols[s] == dim)
          symbols[s] = size;
  }
  int32_t status = entry(&api, reinterpret_cast<tn_exec *>(this), views.data(),
                         symbols.data(), weights.data());
  for (size_t i = 0; i < outputs.size(); ++i) {
    int64_t width = tn::elementBytes(program.outputs[i].type.getElementType());
    outputs[i].values.resize(outputBytes[i].size() / width);
    for (size_t k = 0; k < outputs[i].values.size(); ++k)
      memcpy(&outputs[i].values[k], &outputBytes[i][k * width], width);
  }
  leaked = heap.size();
  heap.clear();
  return status;
}
