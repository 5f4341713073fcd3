//===- Arguments.cpp - Models and tensors of a command line ---------------===//

#include "tools/tenon/Arguments.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <random>
#include <unistd.h>

using namespace llvm;
using namespace tenon;
using namespace tenon::tool;

int tool::fail(const Twine &message) {
  errs() << "error: " << message << "\n";
  return 1;
}
int tool::fail(Error error) { return fail(toString(std::move(error))); }

/// "1..8", "1..", "%8" or "8..64%8".
static std::optional<tn::SymbolFact> parseFact(StringRef text) {
  tn::SymbolFact fact;
  auto [range, multiple] = text.split('%');
  auto [least, most] = range.split("..");
  bool hasRange = range.contains(".."), hasMultiple = text.contains('%');
  if ((!hasRange && !(hasMultiple && range.empty())) ||
      (hasRange && least.getAsInteger(10, fact.range.min)) ||
      (!most.empty() && most.getAsInteger(10, fact.range.max)) ||
      (hasMultiple && multiple.getAsInteger(10, fact.multiple)) ||
      fact.range.min < 0 || !tn::ShapeFacts().add("", fact))
    return std::nullopt;
  return fact;
}

FailureOr<CompileOptions>
tool::compileOptions(const ModelArguments &arguments) {
  CompileOptions options;
  options.name = sys::path::stem(arguments.model).str();
  options.threads = arguments.threads;
  options.disabled = arguments.disabled;
  options.import.outputs = arguments.outputs;
  options.optLevel =
      arguments.optLevel == 0 ? cpu::OptLevel::none : cpu::OptLevel::normal;
  for (StringRef text : arguments.dims) {
    auto [name, value] = text.rsplit('=');
    int64_t size = 0;
    bool isSize = !value.getAsInteger(10, size) && size >= 0;
    std::optional<tn::SymbolFact> fact = parseFact(value);
    if (name.empty() || (!isSize && !fact))
      return fail("--dim wants name=size, a range name=1..8 or a multiple "
                  "name=%8 of which some size is possible, not \"" +
                  text + "\""),
             failure();
    bool isNew = isSize ? options.import.dims.try_emplace(name, size).second
                        : options.import.facts.try_emplace(name, *fact).second;
    if (!isNew)
      return fail("--dim " + name + " is given twice"), failure();
  }
  for (StringRef text : arguments.shapes) {
    auto [name, value] = text.rsplit('=');
    SmallVector<StringRef> parts;
    value.split(parts, 'x', -1, /*KeepEmpty=*/false);
    SmallVector<int64_t> sizes(parts.size());
    for (auto [part, size] : zip_equal(parts, sizes))
      if (name.empty() || part.getAsInteger(10, size) || size < 0)
        return fail("--shape wants name=1x3x8x8, not \"" + text + "\""),
               failure();
    options.import.shapes[name] = sizes;
  }
  if (!arguments.profile.empty()) {
    auto profile = profile::ExecutionProfile::read(arguments.profile);
    if (!profile)
      return fail(profile.takeError()), failure();
    options.profile = std::move(*profile);
  }
  for (StringRef name : arguments.targets) {
    Expected<TargetDesc> target = TargetDesc::lookup(name);
    if (!target)
      return fail(target.takeError()), failure();
    options.targets.push_back(*target);
  }
  return options;
}

/// An artifact is compiled already: only sizes of random inputs are open.
static Error checkArtifactOptions(const ModelArguments &arguments,
                                  const tn_module_desc &desc) {
  if (!arguments.shapes.empty() || !arguments.targets.empty() ||
      !arguments.disabled.empty())
    return createStringError(
        arguments.model +
        ": --shape, --target and --disable are for models to compile");
  for (StringRef text : arguments.dims) {
    auto [name, value] = text.rsplit('=');
    if (parseFact(value))
      return createStringError(arguments.model +
                               ": --dim with a range or a multiple is for "
                               "models to compile");
    if (none_of(
            ArrayRef(desc.symbols, desc.symbol_count),
            [&](const tn_symbol_desc &symbol) { return name == symbol.name; }))
      return createStringError(arguments.model +
                               ": no input has a dim named \"" + name + "\"");
  }
  return Error::success();
}

FailureOr<std::unique_ptr<LoadedModel>>
LoadedModel::load(
    const ModelArguments &arguments, int threads, bool profile,
    function_ref<void(Compiler &, CompileOptions &)> prepare) {
  auto loaded = std::make_unique<LoadedModel>();
  StringRef path = arguments.model;
  tn_status status = TN_OK;
  if (path.ends_with(".onnx") || path.ends_with(".mlir")) {
    FailureOr<CompileOptions> options = compileOptions(arguments);
    if (failed(options))
      return failure();
    if (prepare)
      prepare(loaded->compiler, *options);
    auto module = loaded->compiler.read(path, *options);
    if (failed(module))
      return failure();
    auto code = loaded->compiler.compileToMemory(**module, *options);
    if (failed(code))
      return failure();
    loaded->code = std::move(*code);
    auto query = loaded->code->lookup(TN_MODULE_QUERY_SYMBOL);
    if (!query)
      return fail(query.takeError()), failure();
    status = tn_module_from_query(reinterpret_cast<tn_module_query_fn>(*query),
                                  &loaded->module);
  } else {
    status = tn_module_load(arguments.model.c_str(), &loaded->module);
    if (status == TN_OK)
      if (Error error = checkArtifactOptions(arguments, loaded->desc()))
        return fail(std::move(error)), failure();
  }
  tn_options options = {};
  options.struct_bytes = sizeof(options);
  options.threads = threads;
  options.profile = profile;
  if (status == TN_OK)
    status = tn_session_create(loaded->module, &options, &loaded->runSession);
  if (status != TN_OK)
    return fail(arguments.model + ": " + tn_last_message()), failure();
  return loaded;
}

LoadedModel::~LoadedModel() {
  tn_session_release(runSession);
  tn_module_release(module);
}

Expected<std::vector<LoadedTensor>> tool::readTensors(StringRef folder,
                                                      StringRef prefix) {
  std::vector<LoadedTensor> tensors;
  while (true) {
    SmallString<128> path(folder);
    sys::path::append(path, prefix + Twine(tensors.size()) + ".pb");
    if (!sys::fs::exists(path))
      return tensors;
    Expected<LoadedTensor> tensor = LoadedTensor::read(path);
    if (!tensor)
      return tensor.takeError();
    tensors.push_back(std::move(*tensor));
  }
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

/// Floats in [-1, 1), small indices, bools.
template <typename T> static void fill(std::vector<char> &bytes, T next) {
  auto *values = reinterpret_cast<decltype(next()) *>(bytes.data());
  for (size_t i = 0; i < bytes.size() / sizeof(*values); ++i)
    values[i] = next();
}

/// Memory of this machine.
static int64_t physicalBytes() {
  return int64_t(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
}

static Expected<LoadedTensor> randomInput(const tn_tensor_desc &desc,
                                          const StringMap<int64_t> &sizes,
                                          unsigned seed) {
  LoadedTensor tensor;
  tensor.dtype = desc.dtype;
  for (const tn_dim_desc &dim : ArrayRef(desc.dims, desc.rank)) {
    auto given = sizes.find(dim.text);
    if (dim.size < 0 && given == sizes.end())
      return createStringError("input \"" + Twine(desc.name) +
                               "\": a random one needs --dim " + dim.text +
                               "=size");
    tensor.dims.push_back(dim.size < 0 ? given->second : dim.size);
  }
  tn_view view = tensor.view();
  int64_t bytes = tn_view_bytes(&view);
  if (bytes < 0 || bytes > physicalBytes())
    return createStringError("input \"" + Twine(desc.name) +
                             "\": its size does not fit into memory");
  tensor.storage.resize(bytes);
  std::mt19937 random(seed);
  auto real = [&] { return int32_t(random()) * 0x1p-31f; };
  if (desc.dtype.code == TN_FLOAT && desc.dtype.bits == 32)
    fill(tensor.storage, real);
  else if (desc.dtype.code == TN_FLOAT && desc.dtype.bits == 64)
    fill(tensor.storage, [&] { return double(real()); });
  else if (desc.dtype.code == TN_FLOAT && desc.dtype.bits == 16)
    fill(tensor.storage, [&] { // 0 to 1, without conversions
      return uint16_t(random() % 0x3c00);
    });
  else if (desc.dtype.code == TN_BFLOAT)
    fill(tensor.storage, [&] { return uint16_t(random() % 0x3f80); });
  else if (desc.dtype.bits == 64)
    fill(tensor.storage, [&] { return int64_t(random() % 2); });
  else if (desc.dtype.bits == 32)
    fill(tensor.storage, [&] { return int32_t(random() % 2); });
  else if (desc.dtype.bits == 16)
    fill(tensor.storage, [&] { return int16_t(random() % 2); });
  else
    fill(tensor.storage, [&] { return char(random() % 2); });
  return tensor;
}

Expected<std::vector<LoadedTensor>>
tool::gatherInputs(const InputArguments &inputs, const ModelArguments &model,
                   const tn_module_desc &desc) {
  if (!inputs.data.empty()) {
    if (!sys::fs::is_directory(inputs.data))
      return createStringError(inputs.data + ": not a folder");
    return readTensors(inputs.data, "input_");
  }
  FailureOr<CompileOptions> options = compileOptions(model);
  if (failed(options))
    return createStringError("the arguments are wrong");
  std::vector<LoadedTensor> tensors(desc.input_count);
  std::vector<bool> isGiven(desc.input_count);
  for (StringRef text : inputs.inputs) {
    auto [name, value] = text.rsplit('=');
    int32_t i = 0;
    while (i < desc.input_count && name != desc.inputs[i].name)
      ++i;
    if (i == desc.input_count)
      return createStringError("the model has no input \"" + name + "\"");
    if (isGiven[i])
      return createStringError("input \"" + name + "\" is given twice");
    Expected<LoadedTensor> tensor =
        value == "random" ? randomInput(desc.inputs[i], options->import.dims, i)
                          : LoadedTensor::read(value);
    if (!tensor)
      return tensor.takeError();
    tensors[i] = std::move(*tensor);
    isGiven[i] = true;
  }
  for (int32_t i = 0; i < desc.input_count; ++i)
    if (!isGiven[i])
      return createStringError("input \"" + Twine(desc.inputs[i].name) +
                               "\" is missing: --input " + desc.inputs[i].name +
                               "=x.npy (or x.pb, or random)");
  return tensors;
}
