//===- ProtoTensorTest.cpp - Tensor data in every encoding ----------------===//

#include "Messages.h"
#include "tenon/Import/Onnx/Proto.h"
#include <catch2/catch.hpp>
#include <cstring>

using namespace tenon::onnx;
using namespace tenon::onnx::test;
using Catch::Contains;
using Storage = Tensor::Storage;

static std::string failure(const Message &message) {
  return errorOf(decodeTensor(message.str(), "t.pb"));
}

static Tensor decoded(const std::string &bytes) {
  return llvm::cantFail(decodeTensor(bytes, "t.pb"));
}

/// The elements of a tensor message whose data gets decoded.
template <typename T> static std::vector<T> elements(const Message &message) {
  Tensor tensor = decoded(message.str());
  CHECK(tensor.storage == Storage::Decoded);
  REQUIRE(tensor.bytes().size() == tensor.numBytes);
  std::vector<T> values(tensor.bytes().size() / sizeof(T));
  std::memcpy(values.data(), tensor.bytes().data(), tensor.bytes().size());
  return values;
}

TEST_CASE("raw data stays in place", "[onnx]") {
  std::string bytes = tensor("w", 1, {2, 1})
                          .bytes(9, std::string("\0\0\x80\x3f\0\0\0\x40", 8))
                          .str();
  Tensor tensor = decoded(bytes);
  CHECK(tensor.name == "w");
  CHECK(tensor.type == DataType::Float);
  CHECK(tensor.dims == std::vector<int64_t>{2, 1});
  CHECK(tensor.numElements == 2);
  CHECK(tensor.numBytes == 8);
  CHECK(tensor.storage == Storage::Mapped);
  CHECK(tensor.bytes().data() == bytes.data() + bytes.size() - 8);
}

TEST_CASE("packed fixed-width lists stay in place", "[onnx]") {
  std::string bytes = tensor("w", 1, {2}).f32s(4, {1, 2}).str();
  Tensor floats = decoded(bytes);
  CHECK(floats.storage == Storage::Mapped);
  CHECK(floats.bytes().data() == bytes.data() + bytes.size() - 8);
  CHECK(decoded(tensor("w", 14, {1}).f32s(4, {1, 2}).str()).numBytes == 8);
  CHECK(decoded(tensor("w", 11, {1}).f64s(10, {1}).str()).numBytes == 8);
  CHECK(decoded(tensor("w", 15, {1}).f64s(10, {1, 2}).str()).numBytes == 16);
}

TEST_CASE("fixed-width lists in pieces are joined", "[onnx]") {
  std::vector<float> expected = {1, 2, 3};
  CHECK(elements<float>(tensor("w", 1, {3}).f32(4, 1).f32(4, 2).f32(4, 3)) ==
        expected);
  CHECK(elements<float>(tensor("w", 1, {3}).f32s(4, {1}).f32s(4, {2, 3})) ==
        expected);
  CHECK(elements<float>(tensor("w", 1, {3}).f32s(4, {1, 2}).f32(4, 3)) ==
        expected);
  CHECK(elements<float>(tensor("w", 1, {}).f32(4, 7)) == std::vector{7.0f});
  CHECK(elements<double>(tensor("w", 11, {1}).f64(10, 7)) == std::vector{7.0});
}

TEST_CASE("varint lists become fixed-width elements", "[onnx]") {
  CHECK(elements<int64_t>(tensor("w", 7, {2}).nums(7, {-1, INT64_MAX})) ==
        std::vector<int64_t>{-1, INT64_MAX});
  CHECK(elements<int64_t>(tensor("w", 7, {2}).num(7, -1).nums(7, {5})) ==
        std::vector<int64_t>{-1, 5});
  CHECK(elements<uint64_t>(tensor("w", 13, {1}).nums(11, {-1})) ==
        std::vector<uint64_t>{UINT64_MAX});
  CHECK(elements<uint32_t>(tensor("w", 12, {1}).nums(11, {UINT32_MAX})) ==
        std::vector<uint32_t>{UINT32_MAX});
  CHECK(elements<int32_t>(tensor("w", 6, {2}).nums(5, {-3, INT32_MIN})) ==
        std::vector<int32_t>{-3, INT32_MIN});
  CHECK(elements<int8_t>(tensor("w", 3, {3}).nums(5, {-128, 127, 255})) ==
        std::vector<int8_t>{-128, 127, -1});
  CHECK(elements<uint16_t>(tensor("w", 4, {1}).num(5, 65535)) ==
        std::vector<uint16_t>{65535});
  CHECK(elements<uint16_t>(tensor("w", 10, {2}).nums(5, {0x3c00, 0xc000})) ==
        std::vector<uint16_t>{0x3c00, 0xc000});
  CHECK(elements<uint8_t>(tensor("w", 17, {1}).nums(5, {0xff})) ==
        std::vector<uint8_t>{0xff});
  CHECK(elements<uint8_t>(tensor("w", 9, {3}).nums(5, {0, 1, 256})) ==
        std::vector<uint8_t>{0, 1, 1});
}

TEST_CASE("elements under a byte are packed", "[onnx]") {
  CHECK(elements<uint8_t>(tensor("w", 22, {3}).nums(5, {0x21, 0x0f})) ==
        std::vector<uint8_t>{0x21, 0x0f});
  CHECK(elements<uint8_t>(tensor("w", 25, {5}).nums(5, {0xe4, 0x01})) ==
        std::vector<uint8_t>{0xe4, 0x01});
  // 1, 2, 3, 63, 5 as a stream of six bits each, lowest first.
  CHECK(elements<uint8_t>(tensor("w", 27, {5}).nums(5, {1, 2, 3, 63, 5})) ==
        std::vector<uint8_t>{0x81, 0x30, 0xfc, 0x05});
  CHECK(decoded(tensor("w", 28, {5}).bytes(9, "1234").str()).numBytes == 4);
}

TEST_CASE("strings are listed", "[onnx]") {
  std::string bytes = tensor("w", 8, {2}).bytes(6, "a").bytes(6, "").str();
  Tensor strings = decoded(bytes);
  CHECK(strings.storage == Storage::Strings);
  CHECK(strings.strings == std::vector<llvm::StringRef>{"a", ""});
  CHECK(strings.bytes().empty());
}

TEST_CASE("empty tensors need no data", "[onnx]") {
  for (int64_t type : {1, 7, 8, 9, 22})
    CHECK(decoded(tensor("w", type, {0, 3}).str()).numElements == 0);
  CHECK(decoded(tensor("w", 1, {0}).bytes(9, "").str()).bytes().empty());
  CHECK(decoded(tensor("w", 1, {0}).f32s(4, {}).str()).bytes().empty());
  CHECK(decoded(tensor("w", 7, {0}).nums(7, {}).str()).bytes().empty());
}

TEST_CASE("dims may be packed and may follow the data", "[onnx]") {
  Message message = Message().nums(5, {1, 2}).num(2, 6).nums(1, {1, 2});
  CHECK(elements<int32_t>(message) == std::vector<int32_t>{1, 2});
}

static Message entry(const char *key, const char *value) {
  return Message().bytes(1, key).bytes(2, value);
}

TEST_CASE("external data is described", "[onnx]") {
  std::string bytes = tensor("w", 1, {4})
                          .sub(13, entry("location", "w.bin"))
                          .sub(13, entry("offset", "4096"))
                          .sub(13, entry("length", "16"))
                          .sub(13, entry("checksum", "0"))
                          .num(14, 1)
                          .str();
  Tensor external = decoded(bytes);
  CHECK(external.storage == Storage::External);
  CHECK(external.external.location == "w.bin");
  CHECK(external.external.offset == 4096);
  CHECK(external.external.length == 16);

  bytes = tensor("w", 1, {4}).sub(13, entry("location", "w")).num(14, 1).str();
  CHECK(decoded(bytes).external.length == 16);
}

TEST_CASE("malformed external data is refused", "[onnx]") {
  auto external = [](const char *key, const char *value) {
    return tensor("w", 1, {4}).sub(13, entry(key, value)).num(14, 1);
  };
  CHECK_THAT(failure(external("offset", "0")), Contains("no location"));
  CHECK_THAT(failure(external("offset", "-1")),
             Contains("the offset of the external data is \"-1\""));
  CHECK_THAT(failure(external("offset", "18446744073709551616")),
             Contains("not a byte count"));
  CHECK_THAT(failure(external("length", "16 ")), Contains("not a byte count"));
  CHECK_THAT(failure(external("location", "w").sub(13, entry("length", "15"))),
             Contains("the external data has 15 bytes, but FLOAT[4] has 16"));
  CHECK_THAT(failure(external("location", "w").bytes(9, "12")),
             Contains("data in more than one place"));
  CHECK_THAT(failure(tensor("w", 8, {1}).num(14, 1)), Contains("STRING"));
  CHECK_THAT(failure(tensor("w", 1, {}).num(14, 2)),
             Contains("unknown data_location 2"));
}

TEST_CASE("data that does not match type and dims is refused", "[onnx]") {
  CHECK_THAT(failure(tensor("w", 1, {2}).bytes(9, "1234567")),
             Contains("raw_data has 7 bytes, but FLOAT[2] has 8"));
  CHECK_THAT(failure(tensor("w", 1, {2}).f32s(4, {1})),
             Contains("float_data has 4 bytes, but FLOAT[2] has 8"));
  CHECK_THAT(failure(tensor("w", 7, {2}).nums(7, {1})),
             Contains("int64_data does not have the 2 entries of INT64[2]"));
  CHECK_THAT(failure(tensor("w", 7, {2}).nums(7, {1, 2, 3})),
             Contains("does not have the 2 entries"));
  CHECK_THAT(failure(tensor("w", 7, {}).num(5, 1)),
             Contains("data of type INT64 cannot be in int32_data"));
  CHECK_THAT(failure(tensor("w", 3, {1}).num(5, 256)),
             Contains("int32_data has the entry 256, which is no INT8"));
  CHECK_THAT(failure(tensor("w", 7, {}).num(5, 1).num(7, 1)),
             Contains("has both int32_data and int64_data"));
  CHECK_THAT(failure(tensor("w", 6, {}).num(5, 1).bytes(9, "1234")),
             Contains("data in more than one place"));
  CHECK_THAT(failure(tensor("w", 8, {2}).bytes(6, "a")),
             Contains("string_data has 1 entries, but STRING[2] has 2"));
  CHECK_THAT(failure(tensor("w", 8, {1}).bytes(9, "a")),
             Contains("a STRING tensor cannot have raw_data"));
  CHECK_THAT(failure(tensor("w", 1, {2})), Contains("FLOAT[2] has no data"));
  CHECK_THAT(failure(tensor("w", 0, {})), Contains("has no data_type"));
  CHECK_THAT(failure(tensor("w", 1, {}).bytes(4, "12345")),
             Contains("float_data has 5 bytes"));
  CHECK_THAT(failure(tensor("w", 1, {}).num(4, 1)),
             Contains("float_data has wire type varint"));
  CHECK_THAT(failure(tensor("w", 6, {}).f32(5, 1)),
             Contains("int32_data has wire type 32-bit"));
}

TEST_CASE("sizes that no data can back are refused before allocating",
          "[onnx]") {
  int64_t huge = int64_t(1) << 62;
  CHECK_THAT(failure(tensor("w", 7, {-1})), Contains("dimension 0 is -1"));
  CHECK_THAT(failure(tensor("w", 2, {huge}).num(5, 1)), Contains("overflows"));
  CHECK_THAT(failure(tensor("w", 2, {huge, 4}).num(5, 1)),
             Contains("overflows"));
  CHECK_THAT(failure(tensor("w", 2, {huge, 0, 4})), Contains("overflows"));
  CHECK_THAT(failure(tensor("w", 2, {huge >> 8}).num(5, 1)),
             Contains("does not have the 18014398509481984 entries"));
  CHECK_THAT(failure(tensor("w", 1, {huge >> 8}).f32(4, 1)),
             Contains("float_data has 4 bytes"));
  CHECK_THAT(failure(tensor("w", 8, {huge}).bytes(6, "a")),
             Contains("string_data has 1 entries"));
}
