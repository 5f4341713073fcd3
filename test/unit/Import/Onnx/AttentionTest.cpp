//===- AttentionTest.cpp - When Attention is imported as one op -----------===//

#include "Import.h"
#include <catch2/catch.hpp>

using namespace tenon::onnx;
using namespace tenon::onnx::test;

static Message zeros(const std::string &name,
                     const std::vector<int64_t> &dims) {
  int64_t count = 1;
  for (int64_t dim : dims)
    count *= dim;
  return tensor(name, 1, dims).f32s(4, std::vector<float>(count));
}

/// Four heads of queries and two of keys and values.
static Message attention(const std::vector<std::string> &results,
                         const std::vector<Message> &attributes = {}) {
  Message call = node("n", "Attention", {"x", "k", "v", "m"}, results);
  for (const Message &attribute : attributes)
    call.sub(5, attribute);
  Message graph = graphOf(floatValue("x", {"1", "4", "3", "16"}), {call},
                          {zeros("k", {1, 2, 7, 16}), zeros("v", {1, 2, 7, 16}),
                           zeros("m", {3, 7})});
  return Message().num(1, 10).sub(7, graph).sub(
      8, Message().bytes(1, "").num(2, 23));
}

TEST_CASE("attention is one op", "[onnx-import]") {
  Imported imported(attention({"y"}, {attribute("softcap", 1).f32(2, 2)}));
  REQUIRE(imported.error() == "");
  CHECK(imported.has("tn.attention"));
  CHECK(imported.has("softcap = 2.0"));
  CHECK(imported.has("zero_masked_rows"));
  CHECK(!imported.has("tn.matmul"));
}

TEST_CASE("scores that are results, and another precision, take products",
          "[onnx-import]") {
  Imported scores(attention({"y", "", "", "s"}));
  REQUIRE(scores.error() == "");
  CHECK(!scores.has("tn.attention"));
  Imported wide(attention({"y"}, {intAttribute("softmax_precision", 11)}));
  REQUIRE(wide.error() == "");
  CHECK(!wide.has("tn.attention"));
}
