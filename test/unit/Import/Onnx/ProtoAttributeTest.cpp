//===- ProtoAttributeTest.cpp - Attribute values of every type ------------===//

#include "Messages.h"
#include "tenon/Import/Onnx/Proto.h"
#include <catch2/catch.hpp>

using namespace tenon::onnx;
using namespace tenon::onnx::test;
using Catch::Contains;
using Kind = Attribute::Kind;

static std::string modelWith(const Message &attribute) {
  return model(Message().sub(1, node("n", "Op", {}, {}).sub(5, attribute)))
      .str();
}

namespace {
/// The attribute and the bytes it points into.
struct Decoded {
  explicit Decoded(const Message &attribute)
      : bytes(modelWith(attribute)),
        model(llvm::cantFail(decodeModel(bytes, "m.onnx"))) {}
  const Attribute *operator->() const {
    return &model.graph.nodes.at(0).attributes.at(0);
  }

  std::string bytes;
  Model model;
};
} // namespace

static std::string failure(const Message &attribute) {
  return errorOf(decodeModel(modelWith(attribute), "m.onnx"));
}

TEST_CASE("scalar attributes", "[onnx]") {
  CHECK(Decoded(attribute("a", 1).f32(2, 0.5f))->f == 0.5f);
  CHECK(Decoded(attribute("a", 2).num(3, -7))->i == -7);
  CHECK(Decoded(attribute("a", 3).bytes(4, "same"))->s == "same");
}

TEST_CASE("proto3 writers leave zeros out", "[onnx]") {
  CHECK(Decoded(attribute("a", 1))->f == 0);
  CHECK(Decoded(attribute("a", 2))->i == 0);
  CHECK(Decoded(attribute("a", 3))->s.empty());
  CHECK(Decoded(attribute("a", 7))->ints.empty());
}

TEST_CASE("list attributes, packed and not", "[onnx]") {
  std::vector<int64_t> ints = {1, -2, INT64_MIN};
  CHECK(Decoded(attribute("a", 7).nums(8, ints))->ints == ints);
  Message unpacked = attribute("a", 7).num(8, 1).num(8, -2).num(8, INT64_MIN);
  CHECK(Decoded(unpacked)->ints == ints);

  std::vector<float> floats = {1.5f, -0.25f, 3.0f};
  CHECK(Decoded(attribute("a", 6).f32s(7, floats))->floats == floats);
  Message mixed = attribute("a", 6).f32(7, 1.5f).f32s(7, {-0.25f, 3.0f});
  CHECK(Decoded(mixed)->floats == floats);

  CHECK(Decoded(attribute("a", 8).bytes(9, "x").bytes(9, ""))->strings ==
        std::vector<llvm::StringRef>{"x", ""});
}

TEST_CASE("message attributes", "[onnx]") {
  Message value = tensor("t", 6, {2}).nums(5, {3, 4});
  Decoded single(attribute("a", 4).sub(5, value));
  CHECK(single->tensor().name == "t");
  CHECK(Decoded(attribute("a", 9).sub(10, value).sub(10, value))
            ->tensors.size() == 2);

  Message graph = Message().bytes(2, "body");
  CHECK(Decoded(attribute("a", 5).sub(6, graph))->graph().name == "body");
  CHECK(Decoded(attribute("a", 10).sub(11, graph))->graphs.size() == 1);

  Message sparse = Message().sub(1, value).num(3, 5);
  Decoded sparseValue(attribute("a", 11).sub(22, sparse));
  CHECK(sparseValue->sparseTensors.at(0).values.name == "t");
  CHECK(sparseValue->sparseTensors.at(0).dims == std::vector<int64_t>{5});
  CHECK(Decoded(attribute("a", 12).sub(23, sparse))->sparseTensors.size() == 1);

  Message type = Message().sub(1, Message().num(1, 1));
  CHECK(Decoded(attribute("a", 13).sub(14, type))->types.at(0).str() ==
        "tensor(FLOAT)");
  CHECK(Decoded(attribute("a", 14).sub(15, type))->types.size() == 1);
}

TEST_CASE("a missing type is that of the value", "[onnx]") {
  CHECK(Decoded(Message().bytes(1, "a").num(3, 4))->kind == Kind::Int);
  CHECK(Decoded(Message().bytes(1, "a").nums(8, {4}))->kind == Kind::Ints);
}

TEST_CASE("a reference has no value", "[onnx]") {
  Decoded reference(attribute("a", 2).bytes(21, "outer"));
  CHECK(reference->isReference());
  CHECK(reference->refAttrName == "outer");
  CHECK(reference->kind == Kind::Int);
  CHECK_THAT(failure(attribute("a", 2).bytes(21, "outer").num(3, 4)),
             Contains("attribute #0 \"a\": the attribute refers to \"outer\" "
                      "and also has a value"));
}

TEST_CASE("the last of a repeated scalar counts", "[onnx]") {
  CHECK(Decoded(attribute("a", 2).num(3, 4).num(3, 5))->i == 5);
}

TEST_CASE("malformed attributes are refused", "[onnx]") {
  CHECK_THAT(failure(attribute("", 2)), Contains("has no name"));
  CHECK_THAT(failure(attribute("a", 77)),
             Contains("unknown attribute type 77"));
  CHECK_THAT(failure(attribute("a", 0)),
             Contains("neither a type nor a value"));
  CHECK_THAT(failure(attribute("a", 4)), Contains("type TENSOR, but no value"));
  CHECK_THAT(failure(attribute("a", 2).f32(2, 1)),
             Contains("has type INT, but its value is FLOAT"));
  CHECK_THAT(failure(attribute("a", 2).f32(2, 1).num(3, 1)),
             Contains("values of several types"));
  CHECK_THAT(failure(attribute("a", 5).sub(6, Message()).sub(6, Message())),
             Contains("a second value"));
  CHECK_THAT(failure(attribute("a", 6).bytes(7, "12345")),
             Contains("a packed list of floats has 5 bytes"));
  CHECK_THAT(failure(attribute("a", 7).bytes(8, "\x80")),
             Contains("ints: malformed varint"));
}
