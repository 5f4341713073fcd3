//===- Messages.h - Builds ONNX messages for the reader's tests -*- C++ -*-===//
//
// A message is a std::string; `Message` appends fields by number, in the order
// of the calls, so that a test can also write what no encoder would.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_UNIT_IMPORT_ONNX_MESSAGES_H
#define TENON_TEST_UNIT_IMPORT_ONNX_MESSAGES_H

#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>
#include <vector>

namespace tenon::onnx::test {

class Message {
public:
  Message &num(uint32_t field, int64_t value) {
    return tag(field, 0).varint(uint64_t(value));
  }
  Message &f64(uint32_t field, double value) {
    return tag(field, 1).memory(&value, sizeof(value));
  }
  Message &f32(uint32_t field, float value) {
    return tag(field, 5).memory(&value, sizeof(value));
  }
  Message &bytes(uint32_t field, const std::string &value) {
    return tag(field, 2)
        .varint(value.size())
        .memory(value.data(), value.size());
  }
  Message &sub(uint32_t field, const Message &message) {
    return bytes(field, message.data);
  }

  /// Packed lists.
  Message &nums(uint32_t field, const std::vector<int64_t> &values) {
    Message list;
    for (int64_t value : values)
      list.varint(uint64_t(value));
    return sub(field, list);
  }
  Message &f32s(uint32_t field, const std::vector<float> &values) {
    return bytes(field,
                 Message().memory(values.data(), values.size() * 4).data);
  }
  Message &f64s(uint32_t field, const std::vector<double> &values) {
    return bytes(field,
                 Message().memory(values.data(), values.size() * 8).data);
  }

  const std::string &str() const { return data; }

private:
  Message &tag(uint32_t field, uint32_t wireType) {
    return varint(field << 3 | wireType);
  }
  Message &varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7)
      data += char(value | 0x80);
    data += char(value);
    return *this;
  }
  Message &memory(const void *start, size_t size) {
    data.append(static_cast<const char *>(start), size);
    return *this;
  }

  std::string data;
};

/// A TensorProto without data.
inline Message tensor(const std::string &name, int64_t type,
                      const std::vector<int64_t> &dims) {
  Message message;
  for (int64_t dim : dims)
    message.num(1, dim);
  return message.num(2, type).bytes(8, name);
}

inline Message node(const std::string &name, const std::string &opType,
                    const std::vector<std::string> &inputs,
                    const std::vector<std::string> &outputs) {
  Message message;
  for (const std::string &input : inputs)
    message.bytes(1, input);
  for (const std::string &output : outputs)
    message.bytes(2, output);
  return message.bytes(3, name).bytes(4, opType);
}

/// An AttributeProto without a value.
inline Message attribute(const std::string &name, int64_t type) {
  return Message().bytes(1, name).num(20, type);
}

/// A ModelProto of IR version 8, opset 17, around a GraphProto.
inline Message model(const Message &graph) {
  return Message().num(1, 8).bytes(2, "test").sub(7, graph).sub(
      8, Message().bytes(1, "").num(2, 17));
}

/// The message of the error; empty if there is none.
template <typename T> std::string errorOf(llvm::Expected<T> value) {
  return value ? "" : llvm::toString(value.takeError());
}

} // namespace tenon::onnx::test

#endif // TENON_TEST_UNIT_IMPORT_ONNX_MESSAGES_H
