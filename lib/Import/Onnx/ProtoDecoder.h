//===- ProtoDecoder.h - Wire fields to structs, with located errors -------===//
//
// One `decode` overload per message, in ProtoModel.cpp, ProtoAttribute.cpp,
// ProtoTensor.cpp and ProtoType.cpp. A failure is recorded once, where it is
// found; every enclosing message then adds its own label while unwinding, so
// that the good path builds no strings.
//
// Fields that the ONNX format does not number are skipped; a known field of the
// wrong wire type is an error. Of a repeated singular scalar the last counts,
// as in every protobuf reader; a repeated singular message is an error, except
// in a oneof.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_IMPORT_ONNX_PROTODECODER_H
#define TENON_LIB_IMPORT_ONNX_PROTODECODER_H

#include "ProtoWire.h"
#include "tenon/Import/Onnx/Proto.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/LogicalResult.h"

namespace tenon::onnx {

/// The field that names a message of this type in error messages; 0: none.
template <typename T> constexpr uint32_t kNameField = 0;
template <> inline constexpr uint32_t kNameField<Attribute> = 1;
template <> inline constexpr uint32_t kNameField<Function> = 1;
template <> inline constexpr uint32_t kNameField<Graph> = 2;
template <> inline constexpr uint32_t kNameField<Node> = 3;
template <> inline constexpr uint32_t kNameField<Tensor> = 8;
template <> inline constexpr uint32_t kNameField<ValueInfo> = 1;

class Decoder {
public:
  Decoder(llvm::StringRef bytes, llvm::StringRef fileName)
      : base(bytes.data()), fileName(fileName) {}

  llvm::LogicalResult decode(llvm::StringRef message, Model &model);
  llvm::LogicalResult decode(llvm::StringRef message, Tensor &tensor);

  /// The recorded failure as one line.
  llvm::Error takeError();

private:
  using FieldHandler =
      llvm::function_ref<llvm::LogicalResult(const WireField &)>;
  using StringPair = std::pair<llvm::StringRef, llvm::StringRef>;

  llvm::LogicalResult decode(llvm::StringRef message, Function &function);
  llvm::LogicalResult decode(llvm::StringRef message, Graph &graph);
  llvm::LogicalResult decode(llvm::StringRef message, Node &node);
  llvm::LogicalResult decode(llvm::StringRef message, Attribute &attribute);
  llvm::LogicalResult decode(llvm::StringRef message, ValueInfo &info);
  llvm::LogicalResult decode(llvm::StringRef message, OpsetImport &import);
  llvm::LogicalResult decode(llvm::StringRef message, StringPair &entry);
  llvm::LogicalResult decode(llvm::StringRef message, SparseTensor &tensor);
  llvm::LogicalResult decode(llvm::StringRef message, Type &type);
  llvm::LogicalResult decode(llvm::StringRef message, std::vector<Dim> &shape);
  llvm::LogicalResult decode(llvm::StringRef message, Dim &dim);

  llvm::LogicalResult readTensorType(llvm::StringRef message, Type &type);
  llvm::LogicalResult readContainerType(llvm::StringRef message, Type &type);
  llvm::LogicalResult readValue(const WireField &field, Attribute &attribute,
                                Attribute::Kind kind);
  llvm::LogicalResult checkValue(const char *at, uint32_t seen,
                                 Attribute &attribute);
  llvm::LogicalResult readSize(const char *at, Tensor &tensor);
  llvm::LogicalResult readExternal(const char *at, Tensor &tensor,
                                   llvm::ArrayRef<StringPair> entries);
  llvm::LogicalResult readRaw(const char *at, Tensor &tensor,
                              llvm::StringRef raw);
  llvm::LogicalResult readFixedList(llvm::StringRef message, uint32_t number,
                                    WireType elementType, Tensor &tensor);
  llvm::LogicalResult readVarintList(llvm::StringRef message, uint32_t number,
                                     Tensor &tensor);

  /// Calls `handle` for each field of `message`.
  llvm::LogicalResult fields(llvm::StringRef message, FieldHandler handle);

  /// Records the failure, at the byte `at` points to. Always fails.
  llvm::LogicalResult fail(const char *at, const llvm::Twine &reason);

  llvm::LogicalResult expect(const WireField &field, llvm::StringRef what,
                             WireType type);
  llvm::LogicalResult read(const WireField &field, llvm::StringRef what,
                           llvm::StringRef &out);
  llvm::LogicalResult read(const WireField &field, llvm::StringRef what,
                           int64_t &out);
  llvm::LogicalResult read(const WireField &field, llvm::StringRef what,
                           float &out);
  llvm::LogicalResult read(const WireField &field, llvm::StringRef what,
                           DataType &out);

  /// Repeated strings; repeated numbers, packed or not.
  llvm::LogicalResult append(const WireField &field, llvm::StringRef what,
                             std::vector<llvm::StringRef> &list);
  llvm::LogicalResult append(const WireField &field, llvm::StringRef what,
                             std::vector<int64_t> &list);
  llvm::LogicalResult append(const WireField &field, llvm::StringRef what,
                             std::vector<float> &list);

  /// A singular message.
  template <typename T>
  llvm::LogicalResult read(const WireField &field, llvm::StringRef what,
                           T &out) {
    if (failed(expect(field, what, WireType::Bytes)))
      return llvm::failure();
    if (succeeded(decode(field.bytes, out)))
      return llvm::success();
    addLabel(what, std::nullopt, field.bytes, kNameField<T>);
    return llvm::failure();
  }

  /// A repeated message.
  template <typename T>
  llvm::LogicalResult append(const WireField &field, llvm::StringRef what,
                             std::vector<T> &list) {
    if (failed(expect(field, what, WireType::Bytes)))
      return llvm::failure();
    if (succeeded(decode(field.bytes, list.emplace_back())))
      return llvm::success();
    addLabel(what, list.size() - 1, field.bytes, kNameField<T>);
    return llvm::failure();
  }

  /// Notes that the failure lies in `what` #`index`, whose name is looked for
  /// in `message`.
  void addLabel(llvm::StringRef what, std::optional<size_t> index,
                llvm::StringRef message, uint32_t nameField);

  const char *base;
  llvm::StringRef fileName;
  unsigned graphDepth = 0;
  unsigned typeDepth = 0;
  std::string failure;
  llvm::SmallVector<std::string> labels; // innermost first
};

} // namespace tenon::onnx

#endif // TENON_LIB_IMPORT_ONNX_PROTODECODER_H
