//===- ResizeTest.cpp - Axes that a resize leaves alone -------------------===//

#include "Import.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include <catch2/catch.hpp>

using namespace tenon;
using namespace tenon::onnx::test;

/// Gathers of a crop of x, 1x2x4x4, to 1x2x3x3, whose region is `starts`, then
/// `ends`; each is joined from what is named.
static int64_t gathersOfCrop(const std::vector<std::string> &starts,
                             const std::vector<std::string> &ends) {
  Message mode = attribute("coordinate_transformation_mode", 3)
                     .bytes(4, "tf_crop_and_resize");
  Message graph = graphOf(
      floatValue("x", {"1", "2", "4", "4"}),
      {node("s", "Concat", starts, {"starts"}).sub(5, intAttribute("axis", 0)),
       node("e", "Concat", ends, {"ends"}).sub(5, intAttribute("axis", 0)),
       node("r", "Concat", {"starts", "ends"}, {"region"})
           .sub(5, intAttribute("axis", 0)),
       node("n", "Resize", {"x", "region", "", "sizes"}, {"y"})
           .sub(5, mode)
           .sub(5, attribute("mode", 3).bytes(4, "linear"))},
      {tensor("zeros", 1, {2}).f32s(4, {0, 0}),
       tensor("ones", 1, {2}).f32s(4, {1, 1}),
       intsTensor("sizes", {1, 2, 3, 3})});
  Imported imported(model(
      graph.sub(11, floatValue("a", {"2"})).sub(11, floatValue("b", {"2"}))));
  REQUIRE(imported.error() == "");
  int64_t n = 0;
  imported.module.get()->walk([&](tn::GatherOp) { ++n; });
  return n;
}

TEST_CASE("axes of a crop whose region is known to be whole are left alone",
          "[resize]") {
  int64_t all = gathersOfCrop({"a", "b"}, {"b", "a"});
  CHECK(all > 0);
  CHECK(2 * gathersOfCrop({"zeros", "a"}, {"ones", "b"}) == all);
  // Not whole: one end, or the starts, are something else.
  CHECK(gathersOfCrop({"zeros", "a"}, {"zeros", "b"}) == all);
  CHECK(gathersOfCrop({"a", "zeros"}, {"b", "zeros"}) == all);
}
