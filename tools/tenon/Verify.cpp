//===- Verify.cpp - Compares results with recorded ones -------------------===//
//
// dtype and dims must be those recorded. An element is right if |got - want| <=
// atol + rtol * |want| + scale * max|want|; a NaN only where one is wanted, an
// infinity only of the wanted sign.
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Arguments.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include <cmath>

using namespace llvm;
using namespace tenon;
using namespace tenon::tool;

static const fltSemantics *semanticsOf(tn_dtype dtype) {
  switch (dtype.code) {
  case TN_FLOAT:
    return dtype.bits == 16 ? &APFloat::IEEEhalf() : nullptr;
  case TN_BFLOAT:
    return &APFloat::BFloat();
  case TN_FLOAT8_E4M3FN:
    return &APFloat::Float8E4M3FN();
  case TN_FLOAT8_E4M3FNUZ:
    return &APFloat::Float8E4M3FNUZ();
  case TN_FLOAT8_E5M2:
    return &APFloat::Float8E5M2();
  case TN_FLOAT8_E5M2FNUZ:
    return &APFloat::Float8E5M2FNUZ();
  case TN_FLOAT8_E8M0FNU:
    return &APFloat::Float8E8M0FNU();
  default:
    return nullptr;
  }
}

template <typename T> static double readAs(const char *p) {
  T value;
  memcpy(&value, p, sizeof(T));
  return double(value);
}

static double elementAt(const tn_view &view, int64_t i) {
  const char *p = static_cast<const char *>(view.data) + i * view.dtype.bits / 8;
  if (const fltSemantics *semantics = semanticsOf(view.dtype)) {
    uint16_t bits = 0;
    memcpy(&bits, p, view.dtype.bits / 8);
    APFloat value(*semantics, APInt(view.dtype.bits, bits));
    bool lossy = false;
    value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lossy);
    return value.convertToDouble();
  }
  if (view.dtype.code == TN_FLOAT)
    return view.dtype.bits == 64 ? readAs<double>(p) : readAs<float>(p);
  bool isSigned = view.dtype.code == TN_INT;
  switch (view.dtype.bits) {
  case 8:
    return isSigned ? readAs<int8_t>(p) : readAs<uint8_t>(p);
  case 16:
    return isSigned ? readAs<int16_t>(p) : readAs<uint16_t>(p);
  case 32:
    return isSigned ? readAs<int32_t>(p) : readAs<uint32_t>(p);
  default:
    return isSigned ? readAs<int64_t>(p) : readAs<uint64_t>(p);
  }
}

/// Prints what differs; true if nothing does.
static bool compare(StringRef what, const tn_view &got, const tn_view &want,
                    const VerifyArguments &arguments) {
  ArrayRef<int64_t> gotDims(got.dims, got.rank), wantDims(want.dims, want.rank);
  if (got.dtype.code != want.dtype.code || got.dtype.bits != want.dtype.bits ||
      gotDims != wantDims) {
    errs() << what << ": got " << tn_dtype_name(got.dtype) << " [";
    interleaveComma(gotDims, errs());
    errs() << "], expected " << tn_dtype_name(want.dtype) << " [";
    interleaveComma(wantDims, errs());
    errs() << "]\n";
    return false;
  }
  int64_t count = tn_view_elements(&want);
  double largest = 0;
  for (int64_t i = 0; i < count; ++i)
    if (double v = std::abs(elementAt(want, i)); std::isfinite(v))
      largest = std::max(largest, v);
  int64_t wrong = 0;
  double worst = 0;
  for (int64_t i = 0; i < count; ++i) {
    double g = elementAt(got, i), w = elementAt(want, i);
    double difference = std::abs(g - w);
    bool right = g == w || (std::isnan(g) && std::isnan(w)) ||
                 difference <= arguments.atol + arguments.rtol * std::abs(w) +
                                   arguments.scale * largest;
    if (std::isfinite(difference))
      worst = std::max(worst, difference);
    if (!right && wrong++ < 3)
      errs() << what << ": element " << i << " is " << format("%.9g", g)
             << ", expected " << format("%.9g", w) << "\n";
  }
  if (wrong)
    errs() << what << ": " << wrong << " of " << count << " elements differ\n";
  else
    outs() << what << ": largest error " << format("%.3g", worst) << " of "
           << format("%.3g", largest) << "\n";
  return wrong == 0;
}

static bool verifySet(LoadedModel &model, StringRef folder,
                      const VerifyArguments &arguments) {
  Expected<std::vector<LoadedTensor>> inputs = readTensors(folder, "input_");
  if (!inputs)
    return fail(inputs.takeError()), false;
  Expected<std::vector<LoadedTensor>> expected = readTensors(folder, "output_");
  if (!expected)
    return fail(expected.takeError()), false;
  const tn_module_desc &desc = model.desc();
  if (int32_t(expected->size()) != desc.output_count)
    return fail(folder + ": " + Twine(expected->size()) +
                " outputs are recorded, the model has " +
                Twine(desc.output_count)),
           false;
  std::vector<tn_view> views;
  for (LoadedTensor &tensor : *inputs)
    views.push_back(tensor.view());
  std::vector<tn_output> outputs(desc.output_count, tn_output{});
  if (tn_run(model.session(), views.data(), views.size(), outputs.data(),
             outputs.size()) != TN_OK)
    return fail(folder + ": " + tn_last_message()), false;
  bool right = true;
  for (int32_t i = 0; i < desc.output_count; ++i) {
    std::string what = (sys::path::filename(folder) + " output " + Twine(i) +
                        " \"" + desc.outputs[i].name + "\"")
                           .str();
    right &= compare(what, outputs[i].view, (*expected)[i].view(), arguments);
    tn_tensor_release(outputs[i].tensor);
  }
  return right;
}

int tool::verify(const VerifyArguments &arguments) {
  auto model = LoadedModel::load(arguments.model, arguments.threads, false);
  if (failed(model))
    return 1;
  std::vector<std::string> folders;
  std::error_code error;
  for (sys::fs::directory_iterator it(arguments.data, error), end;
       it != end && !error; it.increment(error))
    if (sys::path::filename(it->path()).starts_with("test_data_set"))
      folders.push_back(it->path());
  llvm::sort(folders);
  if (error)
    return fail(arguments.data + ": " + error.message());
  if (folders.empty())
    folders.push_back(arguments.data);
  bool right = true;
  for (const std::string &folder : folders)
    right &= verifySet(**model, folder, arguments);
  return right ? 0 : 1;
}
