//===- ContractionCase.cpp - Runs one matmul or conv kernel ---------------===//

#include "test/unit/passes/Codegen/Emit/ContractionCase.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Codegen/Emit/ElementEmitter.h"
#include "passes/Codegen/Emit/Emitter.h"
#include "passes/Codegen/Emit/MicroKernel.h"
#include "passes/Codegen/Lower/Lower.h"
#include "passes/Schedule/ChooseSchedule.h"
#include "passes/Schedule/Passes.h"
#include "tenon/Target/CPU/Jit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include <cmath>
#include <random>

using namespace mlir;
using namespace tenon;
using namespace tenon::test;

namespace {

int64_t count(const Sizes &sizes) {
  int64_t result = 1;
  for (const Size &s : sizes)
    result *= s.value;
  return result;
}

std::string typeOf(const Sizes &sizes, const std::string &element) {
  std::string type = "tensor<", shape;
  bool isDynamic = false;
  for (const Size &s : sizes) {
    std::string number = std::to_string(s.value);
    isDynamic |= !s.text.empty();
    type += (s.text.empty() ? number : "?") + "x";
    shape += (shape.empty() ? "" : ", ") + (s.text.empty() ? number : s.text);
  }
  return type + element + (isDynamic ? ", #tn.shape<[" + shape + "]>>" : ">");
}

/// Elements in memory, read and written as double.
class Memory {
public:
  Memory(const std::string &element, int64_t count)
      : element(element), bytes(count * width() + 64) {}
  void fill(std::mt19937 &random) {
    for (int64_t i = 0; i < int64_t(bytes.size() - 64) / width(); ++i)
      set(i, width() == 1  ? double(random() % 256) - (isUnsigned() ? 0 : 128)
             : isInteger() ? double(random() % 17) - 8
                           : double(random() % 33) / 16 - 1);
  }
  double get(int64_t i) const {
    if (element == "f64")
      return at<double>(i);
    if (element == "f32")
      return at<float>(i);
    if (element == "f16")
      return at<_Float16>(i);
    if (isUnsigned())
      return at<uint8_t>(i);
    return element == "i32" ? at<int32_t>(i) : at<int8_t>(i);
  }
  bool isInteger() const { return element[0] == 'i' || isUnsigned(); }
  bool isUnsigned() const { return element == "ui8"; }
  /// Beyond the last element.
  std::vector<char> guard() const { return {bytes.end() - 64, bytes.end()}; }

  int64_t width() const {
    return element == "f64"   ? 8
           : element == "f16" ? 2
           : element == "i8" || element == "ui8" ? 1
                              : 4;
  }
  std::string element;
  std::vector<char> bytes;

private:
  template <typename T> T at(int64_t i) const {
    T value;
    memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    return value;
  }
  template <typename T> void put(int64_t i, T value) {
    memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
  }
  void set(int64_t i, double v) {
    if (element == "f64")
      put(i, v);
    else if (element == "f32")
      put(i, float(v));
    else if (element == "f16")
      put(i, _Float16(v));
    else if (element == "i32")
      put(i, int32_t(v));
    else if (isUnsigned())
      put(i, uint8_t(v));
    else
      put(i, int8_t(v));
  }
};

std::string moduleText(const ContractionCase &c) {
  std::string sum = c.accumulator.empty() ? c.element : c.accumulator;
  std::string left = typeOf(c.left, c.elementOfLeft()),
              right = typeOf(c.right, c.element),
              result = typeOf(c.result, sum),
              bias = typeOf({c.result.back()}, sum), scalar = typeOf({}, sum);
  std::string text;
  if (c.isWeight)
    text += "tn.data @w = <\"w\", 0, " +
            std::to_string(count(c.right) * Memory(c.element, 0).width()) +
            "> : " + right + "\n";
  std::string types = left + ", " + right + ", " + bias + ", " + result;
  text += "func.func @main(%a: " + left + ", %b: " + right + ", %c: " + bias +
          ", %d: " + result + ") -> " + result + " {\n";
  if (c.isWeight)
    text += "%w = tn.weight @w : " + right + "\n";
  text += std::string("%f = tn.fusion (%a, ") + (c.isWeight ? "%w" : "%b") +
          ", %c, %d) : (" + types + ") -> " + result + " {\n^bb0(%x: " + left +
          ", %y: " + right + ", %q: " + bias + ", %r: " + result + "):\n";
  auto list = [](ArrayRef<int64_t> values) {
    return "array<i64: " +
           llvm::join(llvm::map_range(
                          values, [](int64_t v) { return std::to_string(v); }),
                      ", ") +
           ">";
  };
  std::string operands = " : (" + left + ", " + right + ") -> " + result + "\n";
  if (c.isConv()) {
    std::string low = list(c.low);
    low = low.substr(low.find(": ") + 2);
    text += "%h = tn.conv %x, %y {strides = " + list(c.strides) +
            ", dilations = " + list(c.dilations) + ", low = #tn.shape<[" +
            low.substr(0, low.size() - 1) +
            "]>, groups = " + std::to_string(c.groups) + " : i64}" + operands;
  } else {
    text += "%h = tn.matmul %x, %y" +
            (c.accumulator.empty() ? std::string()
                                   : " {accumulator = " + c.accumulator + "}") +
            operands;
  }
  text +=
      "%1 = tn.add %h, %q : (" + result + ", " + bias + ") -> " + result + "\n";
  std::string unary = " : (" + result + ") -> " + result + "\n";
  std::string binary =
      " : (" + result + ", " + result + ") -> " + result + "\n";
  if (c.isLong)
    text += "%2 = tn.erf %1" + unary + "%3 = tn.add %2, %r" + binary;
  else
    text += "%3 = tn.max %1, %r" + binary;
  return text + "tn.yield %3 : " + result + "\n}\nreturn %f : " + result +
         "\n}\n";
}

/// Numbers of the operands' matrices for matrix `number` of the result.
std::pair<int64_t, int64_t> matrices(const ContractionCase &c, int64_t number) {
  int64_t left = 0, right = 0, leftStride = 1, rightStride = 1;
  for (int64_t d = int64_t(c.result.size()) - 3; d >= 0; --d) {
    int64_t i = number % c.result[d].value;
    number /= c.result[d].value;
    auto step = [&](const Sizes &sizes, int64_t &at, int64_t &stride) {
      int64_t own = d - int64_t(c.result.size() - sizes.size());
      if (own < 0)
        return;
      at += sizes[own].value == 1 ? 0 : i * stride;
      stride *= sizes[own].value;
    };
    step(c.left, left, leftStride);
    step(c.right, right, rightStride);
  }
  return {left, right};
}

void matmulReference(const ContractionCase &c, const Memory &a, const Memory &b,
                     std::vector<double> &out) {
  int64_t n = c.result.back().value, m = c.result.end()[-2].value,
          depth = c.left.back().value;
  for (int64_t i = 0; i < int64_t(out.size()); ++i) {
    auto [left, right] = matrices(c, i / (m * n));
    int64_t row = i / n % m, column = i % n;
    for (int64_t k = 0; k < depth; ++k)
      out[i] += a.get((left * m + row) * depth + k) *
                b.get((right * depth + k) * n + column);
  }
}

void convReference(const ContractionCase &c, const Memory &a, const Memory &b,
                   std::vector<double> &out) {
  size_t rank = c.strides.size();
  int64_t columns = c.result.back().value, channels = c.left.back().value;
  int64_t perGroup = c.right[rank].value;
  int64_t taps = count(Sizes(c.right.begin(), c.right.begin() + rank));
  for (int64_t i = 0; i < int64_t(out.size()); ++i) {
    int64_t column = i % columns, group = column / (columns / c.groups);
    for (int64_t tap = 0; tap < taps; ++tap) {
      int64_t at = 0, stride = 1, pixel = i / columns, rest = tap;
      bool isInside = true;
      for (size_t d = rank; d-- > 0;) {
        int64_t size = c.left[d + 1].value, out = c.result[d + 1].value;
        int64_t position = pixel % out * c.strides[d] +
                           rest % c.right[d].value * c.dilations[d] - c.low[d];
        isInside &= position >= 0 && position < size;
        at += position * stride;
        stride *= size;
        pixel /= out;
        rest /= c.right[d].value;
      }
      if (!isInside)
        continue;
      at += pixel * stride;
      for (int64_t k = 0; k < perGroup; ++k)
        out[i] += a.get(at * channels + group * perGroup + k) *
                  b.get((tap * perGroup + k) * columns + column);
    }
  }
}

/// The bytes of the right operand as the kernel wants them.
std::vector<char> packed(const ContractionCase &c, const Memory &b,
                         tn::FusionOp fusion) {
  auto weight = fusion.getInputs()[1].getDefiningOp<tn::WeightOp>();
  if (!weight || !weight.getPackAttr())
    return b.bytes;
  cpu::WeightPacking packing;
  for (const Size &s : c.right)
    packing.dims.push_back(s.value);
  packing.elementBytes = b.width();
  llvm::append_range(packing.axes, weight.getPackAttr().getAxes());
  llvm::append_range(packing.blocks, weight.getPackAttr().getBlocks());
  llvm::append_range(packing.order, weight.getPackAttr().getOrder());
  std::vector<char> result(packing.packedBytes());
  cpu::packWeight(packing, b.bytes.data(), result.data());
  return result;
}

} // namespace

std::string tenon::test::runContraction(const ContractionCase &c,
                                        const char *targetName) {
  DialectRegistry registry;
  registry.insert<tn::TnDialect, func::FuncDialect>();
  codegen::registerCodegenDialects(registry);
  codegen::registerMatmulElement(registry);
  codegen::registerWindowElements(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  TargetDesc target = llvm::cantFail(TargetDesc::lookup(targetName));
  auto module = parseSourceString<ModuleOp>(moduleText(c), &context);
  if (!module)
    return "does not parse: " + moduleText(c);
  tn::FusionOp fusion;
  module->walk([&](tn::FusionOp op) { fusion = op; });
  fusion.setScheduleAttr(schedule::chooseSchedule(fusion, target));
  PassManager pack(&context);
  pack.addPass(schedule::createPackWeightsPass());
  if (failed(pack.run(*module)))
    return "weights are not packed";

  SmallVector<tn::ExprAttr> symbols;
  for (auto &[name, value] : c.symbols)
    symbols.push_back(tn::symbolExpr(&context, name));
  OwningOpRef<ModuleOp> kernel = ModuleOp::create(UnknownLoc::get(&context));
  FailureOr<codegen::KernelInfo> info =
      codegen::emitKernel("k", *kernel, fusion, symbols, target);
  PassManager lower(&context);
  codegen::buildLowerToLLVM(lower);
  if (failed(info) || failed(lower.run(*kernel)))
    return "has no kernel";
  int64_t tiles = *tn::evaluateExpr(
      info->tiles, [&](StringRef wanted) -> std::optional<int64_t> {
        for (auto &[name, value] : c.symbols)
          if (wanted == name)
            return value;
        return std::nullopt;
      });
  auto compiler =
      llvm::cantFail(cpu::NativeCompiler::create(target, cpu::OptLevel::none));
  auto jit = llvm::cantFail(cpu::Jit::create(target));
  llvm::LLVMContext llvmContext;
  auto ir = llvm::cantFail(compiler->translate(*kernel, llvmContext));
  auto code = llvm::cantFail(compiler->compile(*ir));
  auto loaded = llvm::cantFail(jit->load(code, {}));
  auto *run = reinterpret_cast<void (*)(void **, int64_t, int64_t)>(
      llvm::cantFail(loaded->lookup("k")));

  std::mt19937 random(7);
  std::string sum = c.accumulator.empty() ? c.element : c.accumulator;
  Memory a(c.elementOfLeft(), count(c.left)), b(c.element, count(c.right)),
      bias(sum, c.result.back().value), rest(sum, count(c.result)),
      out(sum, count(c.result));
  for (Memory *m : {&a, &b, &bias, &rest, &out})
    m->fill(random);
  std::vector<char> right = packed(c, b, fusion), guard = out.guard();
  std::vector<void *> slots{a.bytes.data(), right.data(), bias.bytes.data(),
                            rest.bytes.data(), out.bytes.data()};
  for (auto &[name, value] : c.symbols)
    slots.push_back(reinterpret_cast<void *>(value));
  // Tiles in any order, in any groups.
  run(slots.data(), tiles / 2, tiles);
  run(slots.data(), 0, tiles / 2);

  std::vector<double> expected(count(c.result), 0.0);
  if (c.isConv())
    convReference(c, a, b, expected);
  else
    matmulReference(c, a, b, expected);
  double tolerance = out.isInteger() ? 0 : sum == "f16" ? 2e-3 : 1e-5;
  for (int64_t i = 0; i < int64_t(expected.size()); ++i) {
    double v = expected[i] + bias.get(i % c.result.back().value);
    double other = rest.get(i);
    v = c.isLong ? std::erf(v) + other : std::max(v, other);
    if (!(std::fabs(out.get(i) - v) <= tolerance * (1 + std::fabs(v))))
      return "element " + std::to_string(i) + " is " +
             std::to_string(out.get(i)) + ", not " + std::to_string(v);
  }
  return out.guard() == guard ? "" : "writes beyond its output";
}
