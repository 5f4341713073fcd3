//===- ChoiceTest.cpp - What is decided at run time -----------------------===//

#include "Import.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include <catch2/catch.hpp>

using namespace tenon;
using namespace tenon::onnx::test;
using Catch::Contains;

/// An op with the inputs x and axes, which are only known at run time.
static Imported overAxes(const std::string &op,
                         const std::vector<std::string> &dims,
                         const std::string &count) {
  Message graph =
      graphOf(floatValue("x", dims),
              {node("c", "Cast", {"a"}, {"axes"}).sub(5, intAttribute("to", 7)),
               node("r", op, {"x", "axes"}, {"y"})});
  return Imported(model(graph.sub(11, floatValue("a", {count}))));
}

template <typename Op> static int64_t count(const Imported &imported) {
  int64_t n = 0;
  if (imported.module)
    imported.module.get()->walk([&](Op) { ++n; });
  return n;
}

TEST_CASE("an op is imported once for each set of axes", "[choice]") {
  Imported one = overAxes("ReduceSum", {"2", "3", "4"}, "1");
  CHECK(one.error() == "");
  CHECK(count<tn::IfOp>(one) == 2);
  CHECK(count<tn::CheckOp>(one) == 1);
  Imported all = overAxes("ReduceSum", {"2", "3", "4"}, "3");
  CHECK(all.error() == "");
  CHECK(count<tn::IfOp>(all) == 0);
  CHECK(count<tn::CheckOp>(all) == 1);
}

TEST_CASE("axes that no operand allows are no choice", "[choice]") {
  Imported squeezed = overAxes("Squeeze", {"1", "3", "n", "4"}, "1");
  CHECK(squeezed.error() == "");
  CHECK(count<tn::IfOp>(squeezed) == 1);
}

TEST_CASE("axes that sizes are for are data", "[choice]") {
  Message graph =
      graphOf(floatValue("x", {"2", "3"}),
              {node("c", "Cast", {"a"}, {"i"}).sub(5, intAttribute("to", 7)),
               node("s", "Slice", {"x", "i", "i", "i", "i"}, {"y"})});
  Imported sliced(model(graph.sub(11, floatValue("a", {"1"}))));
  CHECK(sliced.error() == "");
  CHECK(count<tn::IfOp>(sliced) == 0);
  CHECK(count<tn::GatherOp>(sliced) == 2);
}

TEST_CASE("with too many choices the axes must be constant", "[choice]") {
  std::vector<std::string> dims(8, "2");
  CHECK_THAT(overAxes("ReduceSum", dims, "4").error(),
             Contains("must be a constant"));
  CHECK_THAT(overAxes("ReduceSum", {"2", "3"}, "k").error(),
             Contains("must be a constant"));
}
