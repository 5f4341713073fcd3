//===- ProtoHostileTest.cpp - Truncated, mutated and nested models --------===//
//
// Run under AddressSanitizer these are the memory-safety tests of the reader.
// Every input lies in a heap block of exactly its size, so that a read past the
// end is seen.
//
//===----------------------------------------------------------------------===//

#include "Messages.h"
#include "tenon/Import/Onnx/Proto.h"
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>

using namespace tenon::onnx;
using namespace tenon::onnx::test;
using Catch::Contains;

/// Touches every byte that the tensor refers to.
static uint64_t sum(const Tensor &tensor) {
  uint64_t total = tensor.name.size() + tensor.external.location.size();
  for (char byte : tensor.bytes())
    total += uint8_t(byte);
  for (llvm::StringRef string : tensor.strings)
    for (char byte : string)
      total += uint8_t(byte);
  return total;
}

static uint64_t sum(const Graph &graph) {
  uint64_t total = 0;
  for (const Tensor &tensor : graph.initializers)
    total += sum(tensor);
  for (const Node &node : graph.nodes) {
    for (llvm::StringRef input : node.inputs)
      total += std::hash<std::string>()(input.str());
    for (const Attribute &attribute : node.attributes) {
      for (const Tensor &tensor : attribute.tensors)
        total += sum(tensor);
      for (const Graph &nested : attribute.graphs)
        total += sum(nested);
    }
  }
  for (const ValueInfo &info : graph.inputs)
    total += info.type.str().size();
  return total;
}

/// Decodes a copy of `bytes` in a block of its own. Returns the message, empty
/// if there is none.
static std::string decodeCopy(llvm::StringRef bytes) {
  std::unique_ptr<char[]> copy(new char[bytes.size()]);
  std::memcpy(copy.get(), bytes.data(), bytes.size());
  llvm::Expected<Model> model =
      decodeModel({copy.get(), bytes.size()}, "m.onnx");
  if (!model)
    return llvm::toString(model.takeError());
  volatile uint64_t sink = sum(model->graph);
  (void)sink;
  return "";
}

/// A model with every kind of part.
static std::string richModel() {
  Message shape =
      Message().sub(1, Message().bytes(2, "batch")).sub(1, Message().num(1, 3));
  Message type = Message().sub(1, Message().num(1, 1).sub(2, shape));
  Message sequence = Message().sub(4, Message().sub(1, type));
  Message external = tensor("e", 1, {2})
                         .sub(13, Message().bytes(1, "location").bytes(2, "f"))
                         .num(14, 1);
  Message body =
      Message()
          .sub(1, node("inner", "Add", {"x", "i64"}, {"y"}))
          .bytes(2, "body")
          .sub(5, tensor("s", 8, {2}).bytes(6, "one").bytes(6, "two"));
  Message conv = node("conv", "Conv", {"x", "w", ""}, {"c"})
                     .sub(5, attribute("pads", 7).nums(8, {1, 1, 300, 1}))
                     .sub(5, attribute("alpha", 1).f32(2, 0.5f))
                     .sub(5, attribute("mode", 3).bytes(4, "same"))
                     .sub(5, attribute("fs", 6).f32s(7, {1, 2}));
  Message branch =
      node("if", "If", {"c"}, {"z"})
          .sub(5, attribute("then_branch", 5).sub(6, body))
          .sub(5,
               attribute("t", 4).sub(5, tensor("t", 3, {2}).nums(5, {-1, 2})))
          .sub(5, attribute("tp", 13).sub(14, sequence))
          .sub(5, attribute("sp", 11).sub(
                      22, Message().sub(1, external).num(3, 9)));
  Message graph = Message()
                      .sub(1, conv)
                      .sub(1, branch)
                      .bytes(2, "main")
                      .sub(5, tensor("w", 1, {2, 2}).f32s(4, {1, 2, 3, 4}))
                      .sub(5, tensor("raw", 10, {4}).bytes(9, "12345678"))
                      .sub(5, tensor("i64", 7, {3}).nums(7, {-1, 1 << 20, 3}))
                      .sub(5, tensor("six", 27, {5}).nums(5, {1, 2, 3, 4, 5}))
                      .sub(5, external)
                      .sub(11, Message().bytes(1, "x").sub(2, type))
                      .sub(12, Message().bytes(1, "z").sub(2, sequence));
  Message function =
      Message()
          .bytes(1, "F")
          .bytes(4, "a")
          .sub(7, node("", "Neg", {"a"}, {"b"})
                      .sub(5, attribute("k", 2).bytes(21, "outer")))
          .sub(11, attribute("k", 2).num(3, 1));
  return model(graph).sub(25, function).str();
}

TEST_CASE("a model truncated at any byte is an error or a shorter model",
          "[onnx]") {
  std::string bytes = richModel();
  REQUIRE(decodeCopy(bytes) == "");
  size_t numAccepted = 0;
  for (size_t size = 0; size < bytes.size(); ++size) {
    std::string text = decodeCopy(llvm::StringRef(bytes).take_front(size));
    numAccepted += text.empty();
    if (!text.empty())
      CHECK(llvm::StringRef(text).starts_with("m.onnx: "));
  }
  // Only where a field of the model itself ends: after graph and opset_import.
  CHECK(numAccepted == 2);
}

TEST_CASE("mutated models never crash the decoder", "[onnx]") {
  const std::string bytes = richModel();
  const char *iterations = std::getenv("TENON_FUZZ_ITERATIONS");
  std::mt19937 random(20260101);
  auto below = [&](size_t limit) { return random() % limit; };
  for (int i = 0, n = iterations ? std::atoi(iterations) : 2000; i < n; ++i) {
    std::string mutated = bytes;
    for (size_t flips = 1 + below(4); flips != 0; --flips) {
      size_t at = below(mutated.size());
      switch (below(4)) {
      case 0:
        mutated[at] ^= char(1u << below(8));
        break;
      case 1:
        mutated[at] = char(random());
        break;
      case 2:
        mutated.erase(at, 1 + below(8));
        break;
      case 3:
        mutated.insert(at, mutated.substr(below(mutated.size()), below(16)));
        break;
      }
    }
    std::string text = decodeCopy(mutated);
    if (!text.empty() && !llvm::StringRef(text).starts_with("m.onnx: "))
      FAIL("iteration " << i << ": " << text);
  }
}

static Message nestedGraphs(unsigned depth) {
  Message graph;
  for (; depth > 1; --depth)
    graph = Message().sub(
        1, node("n", "If", {}, {}).sub(5, attribute("b", 5).sub(6, graph)));
  return graph;
}

TEST_CASE("graphs nest at most 256 deep", "[onnx]") {
  CHECK(decodeCopy(model(nestedGraphs(256)).str()) == "");
  std::string text = decodeCopy(model(nestedGraphs(257)).str());
  CHECK_THAT(text, Contains("graphs are nested more than 256 deep"));
  CHECK_THAT(text, Contains("m.onnx: graph: node #0 \"n\": "));
  CHECK(text.size() < 400);
  CHECK_THAT(decodeCopy(model(nestedGraphs(5000)).str()), Contains("256"));
}

TEST_CASE("types nest at most 64 deep", "[onnx]") {
  auto nestedTypes = [](unsigned depth) {
    Message type = Message().sub(1, Message().num(1, 1));
    for (; depth > 1; --depth)
      type = Message().sub(4, Message().sub(1, type));
    return model(Message().sub(11, Message().sub(2, type))).str();
  };
  CHECK(decodeCopy(nestedTypes(64)) == "");
  CHECK_THAT(decodeCopy(nestedTypes(65)), Contains("types are nested more"));
}

TEST_CASE("lengths, tags and varints out of range are refused", "[onnx]") {
  CHECK_THAT(decodeCopy(std::string("\x3a\xff\xff\xff\xff\x0f", 6)),
             Contains("the data ends inside a field (byte 0)"));
  // 2^32 + 1 must not be taken for 1.
  CHECK_THAT(decodeCopy(std::string("\x3a\x81\x80\x80\x80\x10\x00", 7)),
             Contains("the data ends inside a field"));
  CHECK_THAT(decodeCopy("\x08" + std::string(11, '\xff')),
             Contains("malformed varint"));
  CHECK_THAT(decodeCopy("\x0b"), Contains("unknown wire type"));
  CHECK_THAT(decodeCopy("\x0f"), Contains("unknown wire type"));
  CHECK_THAT(decodeCopy(std::string("\0", 1)), Contains("invalid field"));
  CHECK_THAT(decodeCopy("\x09"
                        "1234567"),
             Contains("the data ends inside"));
  CHECK_THAT(decodeCopy("\x0d"
                        "123"),
             Contains("the data ends inside"));
}
