//===- Compiler.cpp - From a model to an artifact -------------------------===//

#include "tenon/Driver/Compiler.h"
#include "lib/Driver/Describe.h"
#include "passes/Codegen/Emit/ElementEmitter.h"
#include "passes/Codegen/Emit/MicroKernel.h"
#include "passes/Codegen/EmitKernels.h"
#include "passes/Codegen/Lower/Lower.h"
#include "passes/Fusion/Passes.h"
#include "passes/Graph/Passes.h"
#include "passes/OptionalPasses.h"
#include "passes/Plan/HostProgram.h"
#include "passes/Plan/Passes.h"
#include "passes/Schedule/Passes.h"
#include "tenon/Target/CPU/Link.h"
#include "tenon/Target/CPU/ParallelCompiler.h"
#include "mlir/Dialect/Func/Extensions/InlinerExtension.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include <chrono>
#include <thread>

using namespace mlir;
using namespace tenon;

//===----------------------------------------------------------------------===//
// Context
//===----------------------------------------------------------------------===//

Compiler::Compiler() {
  DialectRegistry registry;
  registry.insert<tn::TnDialect>();
  codegen::registerCodegenDialects(registry);
  codegen::registerMovementElements(registry);
  codegen::registerIndexingElements(registry);
  codegen::registerReductionElements(registry);
  codegen::registerWindowElements(registry);
  codegen::registerMatmulElement(registry);
  codegen::registerDequantizeElement(registry);
  func::registerInlinerExtension(registry);
  mlirContext = std::make_unique<MLIRContext>(
      registry, MLIRContext::Threading::DISABLED);
  mlirContext->loadAllAvailableDialects();
}

Compiler::~Compiler() = default;

void Compiler::onRemark(std::function<void(const Remark &)> function) {
  enableRemarks(*mlirContext, std::move(function));
}

static LogicalResult report(Location loc, llvm::Error error) {
  return emitError(loc, llvm::toString(std::move(error)));
}

namespace {

/// Times stages and writes their dumps.
class StageRecorder {
public:
  explicit StageRecorder(const CompileOptions &options) : options(options) {}

  void done(StringRef stage) {
    auto now = std::chrono::steady_clock::now();
    if (options.onStage)
      options.onStage(stage,
                      std::chrono::duration<double>(now - start).count());
    start = now;
  }

  LogicalResult dump(Operation *op, StringRef stage, StringRef target = {}) {
    if (options.dumpDirectory.empty())
      return success();
    if (std::error_code ec =
            llvm::sys::fs::create_directories(options.dumpDirectory))
      return emitError(op->getLoc()) << "cannot make the folder "
                                     << options.dumpDirectory << ": "
                                     << ec.message();
    std::string name = std::to_string(static_cast<int>(*stageByName(stage))) +
                       "-" + stage.str();
    if (!target.empty())
      name += "-" + target.str();
    SmallString<128> path(options.dumpDirectory);
    llvm::sys::path::append(path, name + ".mlir");
    std::error_code ec;
    llvm::raw_fd_ostream os(path, ec);
    if (ec)
      return emitError(op->getLoc())
             << "cannot write " << path << ": " << ec.message();
    op->print(os, OpPrintingFlags().enableDebugInfo());
    return success();
  }

private:
  const CompileOptions &options;
  std::chrono::steady_clock::time_point start =
      std::chrono::steady_clock::now();
};

/// Shows the whole module after each pass that ran on all of it.
class PassObserver : public PassInstrumentation {
public:
  explicit PassObserver(const CompileOptions &options) : options(options) {}

  void runAfterPass(Pass *pass, Operation *op) override {
    if (auto module = dyn_cast<ModuleOp>(op); module && !pass->getArgument().empty())
      options.onPass(pass->getArgument(), module);
  }

private:
  const CompileOptions &options;
};

void observe(PassManager &pm, const CompileOptions &options) {
  if (options.onPass)
    pm.addInstrumentation(std::make_unique<PassObserver>(options));
}

bool hasByteProducts(ModuleOp module) {
  return module
      .walk([](tn::MatmulOp op) {
        return op.multipliesBytes() ? WalkResult::interrupt()
                                    : WalkResult::advance();
      })
      .wasInterrupted();
}

/// Those asked for, or all that make a difference to the model.
std::vector<TargetDesc> targetsOf(ModuleOp module,
                                  const CompileOptions &options) {
  if (!options.targets.empty())
    return options.targets;
  std::vector<TargetDesc> targets;
  for (StringRef name : TargetDesc::names()) {
    TargetDesc target = llvm::cantFail(TargetDesc::lookup(name));
    if (target.byteProduct.empty() || hasByteProducts(module))
      targets.push_back(std::move(target));
  }
  if (options.hostOnly) {
    auto runnable = llvm::find_if(targets, runsHere);
    targets = {runnable == targets.end() ? targets.back() : *runnable};
  }
  return targets;
}

/// A symbol prefix for what belongs to one target.
std::string prefixOf(const TargetDesc &target) {
  std::string prefix = target.name + "_";
  for (char &c : prefix)
    if (!llvm::isAlnum(c))
      c = '_';
  return prefix;
}

llvm::StringSet<> disabledBy(const CompileOptions &options) {
  llvm::StringSet<> names;
  names.insert_range(options.disabled);
  if (names.contains("all"))
    names.insert_range(kOptionalPasses);
  return names;
}

const profile::ExecutionProfile *profileOf(const CompileOptions &options) {
  return options.profile ? &*options.profile : nullptr;
}

LogicalResult checkDisabled(ModuleOp module, const CompileOptions &options) {
  for (StringRef name : options.disabled)
    if (name != "all" && !llvm::is_contained(kOptionalPasses, name))
      return module.emitError("there is no optional pass \"")
             << name << "\"; there are all, "
             << llvm::join(ArrayRef(kOptionalPasses), ", ");
  return success();
}

LogicalResult scheduleFor(ModuleOp module, const TargetDesc &target,
                          const CompileOptions &options) {
  PassManager pm(module.getContext());
  schedule::buildSchedulePipeline(pm, target.name, disabledBy(options));
  return pm.run(module);
}

LogicalResult planMemory(ModuleOp module) {
  PassManager pm(module.getContext());
  pm.addPass(plan::createPlanMemory());
  return pm.run(module);
}

/// The kernels and the host program of one target, as IR of llvm ops.
struct VariantCode {
  std::vector<codegen::Kernel> kernels;
  OwningOpRef<ModuleOp> hostModule;
  plan::HostProgram host;
};

FailureOr<VariantCode> buildVariant(ModuleOp module, const TargetDesc &target,
                                    const CompileOptions &options,
                                    StageRecorder &stages) {
  VariantCode code;
  if (failed(scheduleFor(module, target, options)) ||
      failed(stages.dump(module, "schedule", target.name)))
    return failure();
  stages.done("schedule");
  FailureOr<std::vector<codegen::Kernel>> kernels =
      codegen::emitKernels(module, target, prefixOf(target));
  if (failed(kernels) || failed(stages.dump(module, "emit", target.name)))
    return failure();
  code.kernels = std::move(*kernels);
  stages.done("emit");
  if (failed(planMemory(module)) ||
      failed(stages.dump(module, "plan", target.name)))
    return failure();
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return module.emitError("the module has no function @main");
  code.hostModule = ModuleOp::create(module.getLoc(), "host");
  FailureOr<plan::HostProgram> host = plan::emitHostProgram(
      main, prefixOf(target) + "host", *code.hostModule, profileOf(options));
  if (failed(host))
    return failure();
  code.host = std::move(*host);
  stages.done("plan");

  PassManager lowering(module.getContext());
  codegen::buildLowerToLLVM(lowering);
  lowering.enableVerifier(false);
  for (codegen::Kernel &kernel : code.kernels) {
    kernel.module->setSymName(kernel.symbol);
    if (failed(lowering.run(*kernel.module)))
      return failure();
  }
  if (failed(lowering.run(*code.hostModule)))
    return failure();
  stages.done("lower");
  return code;
}

} // namespace

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

FailureOr<OwningOpRef<ModuleOp>> Compiler::read(StringRef path,
                                                const CompileOptions &options) {
  StageRecorder stages(options);
  OwningOpRef<ModuleOp> module;
  if (path.ends_with(".mlir")) {
    module = parseSourceFile<ModuleOp>(path, mlirContext.get());
    if (!module)
      return failure();
  } else {
    auto file = onnx::ModelFile::open(path);
    if (!file)
      return report(UnknownLoc::get(mlirContext.get()), file.takeError());
    files.push_back(std::move(*file));
    FailureOr<OwningOpRef<ModuleOp>> imported =
        onnx::importModel(*files.back(), *mlirContext, options.import);
    if (failed(imported))
      return failure();
    module = std::move(*imported);
  }
  stages.done("import");
  if (options.onPass)
    options.onPass("import", *module);
  if (failed(stages.dump(*module, "import")))
    return failure();
  return module;
}

/// Refuses inputs that no machine could hold.
static LogicalResult checkSizes(ModuleOp module) {
  WalkResult walked = module.walk([](func::FuncOp function) {
    for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
      auto tensor = cast<RankedTensorType>(type);
      int64_t bytes = tn::elementBytes(tensor.getElementType());
      for (int64_t size : tensor.getShape())
        if (!ShapedType::isDynamic(size) && llvm::MulOverflow(bytes, size, bytes)) {
          function.emitError("input ")
              << function.getArgAttr(i, "tn.name") << " of type " << type
              << " is too large; its size in bytes overflows 64 bits";
          return WalkResult::interrupt();
        }
    }
    return WalkResult::advance();
  });
  return failure(walked.wasInterrupted());
}

LogicalResult Compiler::normalizeAndFuse(ModuleOp module, Stage last,
                                         const CompileOptions &options) {
  StageRecorder stages(options);
  if (failed(checkSizes(module)) || failed(checkDisabled(module, options)))
    return failure();
  if (last < Stage::normalize)
    return success();
  PassManager normalize(mlirContext.get());
  observe(normalize, options);
  graph::ConstantEvaluator evaluator;
  if (options.foldConstants)
    evaluator = [this](ModuleOp constants) { return evaluate(constants); };
  graph::buildNormalizePipeline(normalize, evaluator, disabledBy(options),
                                profileOf(options));
  if (failed(normalize.run(module)) || failed(stages.dump(module, "normalize")))
    return failure();
  stages.done("normalize");
  if (last < Stage::fuse)
    return success();
  PassManager fuse(mlirContext.get());
  observe(fuse, options);
  fusion::buildFusionPipeline(fuse, disabledBy(options));
  if (failed(fuse.run(module)) || failed(stages.dump(module, "fuse")))
    return failure();
  stages.done("fuse");
  return success();
}

LogicalResult Compiler::runTo(ModuleOp module, Stage last,
                              const CompileOptions &options) {
  if (failed(normalizeAndFuse(module, last, options)))
    return failure();
  TargetDesc target = targetsOf(module, options).front();
  if (last >= Stage::schedule && failed(scheduleFor(module, target, options)))
    return failure();
  if (last >= Stage::emit &&
      failed(codegen::emitKernels(module, target, prefixOf(target))))
    return failure();
  if (last >= Stage::plan && failed(planMemory(module)))
    return failure();
  return success();
}

FailureOr<std::string> Compiler::compileToText(ModuleOp module, Stage stage,
                                               const CompileOptions &options) {
  if (failed(normalizeAndFuse(module, Stage::fuse, options)))
    return failure();
  TargetDesc target = targetsOf(module, options).front();
  StageRecorder stages(options);
  FailureOr<VariantCode> code = buildVariant(module, target, options, stages);
  if (failed(code))
    return failure();
  auto compiler = cpu::NativeCompiler::create(target, options.optLevel);
  if (!compiler)
    return report(module.getLoc(), compiler.takeError());
  std::string text;
  auto append = [&](ModuleOp part) -> llvm::Error {
    llvm::LLVMContext context;
    auto translated = (*compiler)->translate(part, context);
    if (!translated)
      return translated.takeError();
    auto result = stage == Stage::assembly
                      ? (*compiler)->compileToAssembly(**translated)
                      : (*compiler)->compileToIR(**translated);
    if (!result)
      return result.takeError();
    text += *result;
    return llvm::Error::success();
  };
  for (codegen::Kernel &kernel : code->kernels)
    if (llvm::Error error = append(*kernel.module))
      return report(module.getLoc(), std::move(error));
  if (llvm::Error error = append(*code->hostModule))
    return report(module.getLoc(), std::move(error));
  return text;
}

FailureOr<CompiledModule> Compiler::compile(ModuleOp module,
                                            const CompileOptions &options) {
  if (failed(normalizeAndFuse(module, Stage::fuse, options)))
    return failure();
  StageRecorder stages(options);
  CompiledModule result;
  result.table.name = options.name;
  result.table.producer = "tenon " TENON_VERSION;
  std::vector<TargetDesc> targets = targetsOf(module, options);
  unsigned threads = options.threads
                         ? options.threads
                         : std::max(1u, std::thread::hardware_concurrency());
  for (auto [i, target] : llvm::enumerate(targets)) {
    OwningOpRef<ModuleOp> copy = module.clone();
    FailureOr<VariantCode> code = buildVariant(*copy, target, options, stages);
    if (failed(code))
      return failure();
    auto parallel =
        cpu::ParallelCompiler::create(target, options.optLevel, threads);
    if (!parallel)
      return report(module.getLoc(), parallel.takeError());
    cpu::ModuleTable::Variant variant;
    variant.target = target.name;
    variant.requiredFeatures = target.requiredFeatures;
    variant.hostFunction = code->host.symbolName;
    variant.arenaBytes = code->host.arenaBytes.value_or(-1);
    for (const plan::HostRegion &region : code->host.regions)
      variant.regions.push_back({region.name, region.function});
    for (codegen::Kernel &kernel : code->kernels) {
      variant.kernels.push_back(
          {kernel.name, kernel.symbol, kernel.launches});
      if (llvm::Error error = (*parallel)->add(*kernel.module))
        return report(module.getLoc(), std::move(error));
      kernel.module = nullptr;
    }
    if (llvm::Error error = (*parallel)->add(*code->hostModule))
      return report(module.getLoc(), std::move(error));
    auto objects = (*parallel)->finish();
    if (!objects)
      return report(module.getLoc(), objects.takeError());
    llvm::append_range(result.objects, std::move(*objects));
    if (options.onVariant)
      options.onVariant(*copy, variant);
    result.table.variants.push_back(std::move(variant));
    if (i == 0) {
      describe(code->host, tn::ShapeFacts(*copy), result.table);
      result.weights = std::move(code->host.weights);
    } else if (result.weights.bytes != code->host.weights.bytes) {
      return module.emitError("internal error: targets ")
                 << targets.front().name << " and " << target.name
                 << " lay out the weights differently";
    }
    stages.done("codegen");
  }
  result.table.weightsBytes = result.weights.bytes;
  auto table = cpu::compileTable(result.table, targets.front());
  if (!table)
    return report(module.getLoc(), table.takeError());
  result.objects.push_back(std::move(*table));
  return result;
}

LogicalResult Compiler::compileToFile(ModuleOp module, StringRef output,
                                      const CompileOptions &options) {
  FailureOr<CompiledModule> compiled = compile(module, options);
  if (failed(compiled))
    return failure();
  StageRecorder stages(options);
  llvm::Error error =
      output.ends_with(".o")
          ? cpu::writeObject(compiled->objects, compiled->weights, output,
                             llvm::sys::path::stem(output))
          : cpu::linkShared(compiled->objects, compiled->weights, output);
  if (error)
    return report(module.getLoc(), std::move(error));
  stages.done("link");
  return success();
}
