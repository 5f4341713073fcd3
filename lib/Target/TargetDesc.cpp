//===- TargetDesc.cpp - Reads and prints descriptions of targets ----------===//
//
// The targets that come with Tenon are files too (lib/Target/*/NAME.target),
// embedded by CMake; they go through the same parser as a user's file.
//
//===----------------------------------------------------------------------===//

#include "tenon/Target/TargetDesc.h"
#include "runtime/abi/tenon_abi.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;

namespace tenon {
namespace {

struct BuiltinTarget {
  StringLiteral name;
  StringLiteral text;
};
constexpr BuiltinTarget builtinTargets[] = {
#include "lib/Target/BuiltinTargets.inc"
};

struct FeatureName {
  StringLiteral name;
  uint64_t bit;
};
constexpr FeatureName featureNames[] = {
    {"x86-64-v3", TN_CPU_X86_64_V3},     {"x86-64-v4", TN_CPU_X86_64_V4},
    {"avx512-vnni", TN_CPU_AVX512_VNNI}, {"avx512-bf16", TN_CPU_AVX512_BF16},
    {"avx512-fp16", TN_CPU_AVX512_FP16}, {"amx-int8", TN_CPU_AMX_INT8},
    {"amx-bf16", TN_CPU_AMX_BF16},
};

/// The keys of a description, each once, in the order of printing.
template <typename Desc, typename Visitor>
void forEachField(Desc &desc, Visitor &&visit) {
  visit("name", desc.name);
  visit("triple", desc.triple);
  visit("cpu", desc.cpu);
  visit("features", desc.features);
  visit("vector_bits", desc.vectorBits);
  visit("vector_registers", desc.vectorRegisters);
  visit("l1_bytes", desc.l1Bytes);
  visit("l2_bytes", desc.l2Bytes);
  visit("scalef", desc.scalef);
  visit("pair_product", desc.pairProduct);
  visit("byte_product", desc.byteProduct);
  visit("requires", desc.requiredFeatures);
}

Error problem(unsigned line, const Twine &message) {
  return createStringError("target description, line " + Twine(line) + ": " +
                           message);
}

/// Reads one value into the field of the matching type; says what is wanted
/// when the text is something else.
struct ValueReader {
  StringRef text;
  std::string wanted;

  void read(std::string &field) { field = text.str(); }
  void read(int64_t &field) {
    if (text.getAsInteger(10, field) || field <= 0)
      wanted = "a positive integer";
  }
  void read(bool &field) {
    if (text != "true" && text != "false")
      wanted = "true or false";
    field = text == "true";
  }
  void read(uint64_t &features) {
    features = 0;
    for (StringRef part : split(text, ',')) {
      part = part.trim();
      if (part.empty())
        continue;
      const auto *known = find_if(
          featureNames, [&](const FeatureName &f) { return f.name == part; });
      if (known == std::end(featureNames)) {
        wanted = "a list of " +
                 join(map_range(featureNames,
                                [](const FeatureName &f) -> StringRef {
                                  return f.name;
                                }),
                      ", ");
        return;
      }
      features |= known->bit;
    }
  }
};

} // namespace

Expected<TargetDesc> TargetDesc::parse(StringRef text) {
  TargetDesc desc;
  StringSet<> seen;
  unsigned lineNumber = 0;
  for (StringRef line : split(text, '\n')) {
    ++lineNumber;
    line = line.split('#').first.trim();
    if (line.empty())
      continue;
    auto [key, value] = line.split('=');
    key = key.trim();
    if (!line.contains('='))
      return problem(lineNumber,
                     "expected `key = value`, found '" + line + "'");
    if (!seen.insert(key).second)
      return problem(lineNumber, "'" + key + "' is given twice");
    bool known = false;
    ValueReader reader{value.trim(), {}};
    forEachField(desc, [&](StringRef name, auto &field) {
      if (name != key)
        return;
      known = true;
      reader.read(field);
    });
    if (!known)
      return problem(lineNumber, "unknown key '" + key + "'");
    if (!reader.wanted.empty())
      return problem(lineNumber, "'" + key + "' must be " + reader.wanted +
                                     ", not '" + reader.text + "'");
  }
  for (StringRef required : {"name", "triple", "cpu", "vector_bits"})
    if (!seen.contains(required))
      return problem(lineNumber, "'" + required + "' is missing");
  if (desc.vectorBits % 32)
    return problem(lineNumber, "'vector_bits' must be a multiple of 32");
  return desc;
}

ArrayRef<StringLiteral> TargetDesc::names() {
  static const auto all = [] {
    std::vector<StringLiteral> names;
    for (const BuiltinTarget &target : builtinTargets)
      names.push_back(target.name);
    return names;
  }();
  return all;
}

Expected<TargetDesc> TargetDesc::lookup(StringRef nameOrPath) {
  for (const BuiltinTarget &target : builtinTargets)
    if (target.name == nameOrPath)
      return parse(target.text);
  auto file = MemoryBuffer::getFile(nameOrPath, /*IsText=*/true);
  if (!file)
    return createStringError(
        "target '" + nameOrPath + "' is neither one of " +
        join(map_range(names(), [](StringLiteral n) -> StringRef { return n; }),
             ", ") +
        " nor a readable file: " + file.getError().message());
  Expected<TargetDesc> desc = parse((*file)->getBuffer());
  if (!desc)
    return createStringError(nameOrPath + ": " + toString(desc.takeError()));
  return desc;
}

void TargetDesc::print(raw_ostream &os) const {
  struct Printer {
    raw_ostream &os;
    void value(const std::string &v) { os << v; }
    void value(int64_t v) { os << v; }
    void value(bool v) { os << (v ? "true" : "false"); }
    void value(uint64_t features) {
      ListSeparator comma;
      for (const FeatureName &f : featureNames)
        if (features & f.bit)
          os << comma << f.name;
    }
  } printer{os};
  forEachField(*this, [&](StringRef name, const auto &field) {
    os << name << " = ";
    printer.value(field);
    os << '\n';
  });
}

} // namespace tenon
