//===- PresumptionsTest.cpp - Branches taken before their time ------------===//

#include "Import.h"
#include "lib/Import/Onnx/Presumptions.h"
#include <catch2/catch.hpp>

using namespace tenon::onnx;
using namespace tenon::onnx::test;
using Catch::Contains;

TEST_CASE("presumptions are tried depth first", "[presumptions]") {
  Node a, b;
  Presumptions presumptions;
  auto both = [&] {
    int first = presumptions.branchOf(a); // in this order
    return std::pair(first, int(presumptions.branchOf(b)));
  };
  CHECK(both() == std::pair(0, 0));
  CHECK(presumptions.reconsider());
  CHECK(both() == std::pair(0, 1));
  CHECK(presumptions.reconsider());
  CHECK(both() == std::pair(1, 0));
  CHECK(presumptions.reconsider());
  CHECK(both() == std::pair(1, 1));
  CHECK_FALSE(presumptions.reconsider());
}

/// squeeze(x, 1) if x.shape[1] == 1 else x, then a transpose by `permutation`.
static Message squeezeIf(const std::vector<int64_t> &permutation) {
  auto branch = [](const Message &node) {
    return Message().sub(1, node).bytes(2, "branch").sub(
        12, Message().bytes(1, "b"));
  };
  Message choice = node("choice", "If", {"is_one"}, {"chosen"});
  choice.sub(5, attribute("then_branch", 5)
                    .sub(6, branch(node("", "Squeeze", {"x", "axes"}, {"b"}))));
  choice.sub(5, attribute("else_branch", 5)
                    .sub(6, branch(node("", "Identity", {"x"}, {"b"}))));
  Message transpose = node("after", "Transpose", {"chosen"}, {"y"});
  transpose.sub(5, attribute("perm", 7).nums(8, permutation));
  return model(graphOf(floatValue("x", {"2", "m"}),
                       {node("", "Shape", {"x"}, {"shape"}),
                        node("", "Gather", {"shape", "axes"}, {"last"}),
                        node("", "Equal", {"last", "axes"}, {"is_one"}), choice,
                        transpose},
                       {intsTensor("axes", {1})}));
}

TEST_CASE("an If whose branches differ in rank is the one that fits",
          "[presumptions]") {
  Imported squeezed(squeezeIf({0}));
  CHECK(squeezed.error() == "");
  CHECK(squeezed.has("-> tensor<2xf32>"));
  CHECK(squeezed.has("only \\22then\\22 fits"));
  CHECK_FALSE(squeezed.has("tn.if"));

  Imported whole(squeezeIf({1, 0}));
  CHECK(whole.error() == "");
  CHECK(whole.has("only \\22else\\22 fits"));
  CHECK(whole.has("tn.not"));

  Imported neither(squeezeIf({2, 1, 0}));
  CHECK_THAT(neither.error(), Contains("after"));
}
