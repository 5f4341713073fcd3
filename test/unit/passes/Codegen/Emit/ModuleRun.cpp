//===- ModuleRun.cpp - Runs a module of tn ops in this process ------------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include "tenon/Driver/Compiler.h"
#include "tenon/runtime.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include <sys/mman.h>
#include <unistd.h>

using namespace mlir;
using namespace tenon;
using namespace tenon::test;

static constexpr size_t kGuardBytes = 256;
static constexpr char kGuard = 0x5a;

namespace {
enum class Side { front, back };

/// A copy of bytes beside a page that traps, even reads of lanes that are off.
class Fenced {
public:
  Fenced(ArrayRef<char> bytes, Side fence) {
    size_t page = sysconf(_SC_PAGESIZE);
    size_t inner = llvm::alignTo(std::max<size_t>(bytes.size(), 1), page);
    size = inner + 2 * page;
    base = static_cast<char *>(mmap(nullptr, size, PROT_NONE,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(base + page, inner, PROT_READ | PROT_WRITE);
    start = base + page + (fence == Side::back ? inner - bytes.size() : 0);
    llvm::copy(bytes, start);
  }
  Fenced(Fenced &&other) : base(other.base), start(other.start), size(other.size) {
    other.base = nullptr;
  }
  ~Fenced() {
    if (base)
      munmap(base, size);
  }
  char *data() const { return start; }

private:
  char *base, *start;
  size_t size;
};
} // namespace

static std::vector<Data> runArtifact(StringRef path,
                                     const std::vector<Data> &inputs,
                                     Side fence) {
  tn_module *module = nullptr;
  tn_session *session = nullptr;
  tn_options options = {};
  options.struct_bytes = sizeof(options);
  options.threads = 1;
  if (tn_module_load(path.str().c_str(), &module) != TN_OK ||
      tn_session_create(module, &options, &session) != TN_OK)
    return {};
  const tn_module_desc &desc = *tn_module_describe(module);
  std::vector<std::vector<int64_t>> dims;
  auto sizes = [&](const tn_tensor_desc &tensor) {
    dims.emplace_back();
    for (int32_t d = 0; d < tensor.rank; ++d)
      dims.back().push_back(tensor.dims[d].size);
  };
  dims.reserve(desc.input_count + desc.output_count);
  std::vector<tn_view> views;
  std::vector<Fenced> fenced;
  for (int32_t i = 0; i < desc.input_count; ++i) {
    sizes(desc.inputs[i]);
    fenced.emplace_back(inputs[i].bytes, fence);
    views.push_back({fenced.back().data(), dims.back().data(),
                     desc.inputs[i].rank, desc.inputs[i].dtype});
  }
  // Guard bytes follow each result: a kernel that writes beyond it is caught.
  std::vector<std::vector<char>> memory(desc.output_count);
  std::vector<tn_output> outputs(desc.output_count, tn_output{});
  for (int32_t i = 0; i < desc.output_count; ++i) {
    sizes(desc.outputs[i]);
    tn_view &view = outputs[i].view;
    view = {nullptr, dims.back().data(), desc.outputs[i].rank,
            desc.outputs[i].dtype};
    memory[i].assign(tn_view_bytes(&view) + kGuardBytes, kGuard);
    view.data = memory[i].data();
  }
  std::vector<Data> results;
  if (tn_run(session, views.data(), views.size(), outputs.data(),
             outputs.size()) == TN_OK)
    for (std::vector<char> &bytes : memory) {
      auto guard = ArrayRef(bytes).take_back(kGuardBytes);
      if (!llvm::all_of(guard, [](char c) { return c == kGuard; })) {
        results.clear();
        break;
      }
      bytes.resize(bytes.size() - kGuardBytes);
      results.emplace_back(bytes);
    }
  tn_session_release(session);
  tn_module_release(module);
  return results;
}

std::vector<std::string> tenon::test::runnableTargets() {
  std::vector<std::string> names;
  for (StringRef name : TargetDesc::names())
    if (!(llvm::cantFail(TargetDesc::lookup(name)).requiredFeatures &
          ~tn_cpu_features()))
      names.push_back(name.str());
  return names;
}

std::vector<Data> tenon::test::run(StringRef target, StringRef body,
                                   std::vector<Data> inputs) {
  Compiler compiler;
  auto module = parseSourceString<ModuleOp>(("func.func @main" + body).str(),
                                            &compiler.context());
  if (!module)
    return {};
  auto main = module->lookupSymbol<func::FuncOp>("main");
  Builder b(&compiler.context());
  for (unsigned i = 0; i < main.getNumArguments(); ++i)
    main.setArgAttr(i, "tn.name", b.getStringAttr("x" + std::to_string(i)));
  for (unsigned i = 0; i < main.getNumResults(); ++i)
    main.setResultAttr(i, "tn.name", b.getStringAttr("y" + std::to_string(i)));
  SmallString<128> path;
  if (llvm::sys::fs::createTemporaryFile("tenon-test", "so", path))
    return {};
  CompileOptions options;
  options.targets = {llvm::cantFail(TargetDesc::lookup(target))};
  options.name = "test";
  std::vector<Data> results;
  if (succeeded(compiler.compileToFile(*module, path, options)))
    for (Side fence : {Side::front, Side::back})
      results = runArtifact(path, inputs, fence);
  llvm::sys::fs::remove(path);
  return results;
}

std::vector<float> tenon::test::ramp(int64_t count, float scale, float offset) {
  std::vector<float> values(count);
  for (int64_t i = 0; i < count; ++i)
    values[i] = float(i) * scale + offset;
  return values;
}
