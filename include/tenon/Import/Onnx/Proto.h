//===- Proto.h - ONNX messages as plain structs ----------------*- C++ -*-===//
//
// Decoding copies no string and no weight: every StringRef points into the
// bytes given to the decoder, which must outlive the structs (ModelFile and
// TensorFile see to that). What a struct holds has been checked as far as one
// message allows: wire format, known data types, tensor sizes against their
// data, exactly one value per attribute. What needs the operator set or a view
// of the whole graph (names, arity, SSA) is the importer's to check.
//
// Strings are bytes, not necessarily UTF-8 and possibly empty.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORT_ONNX_PROTO_H
#define TENON_IMPORT_ONNX_PROTO_H

#include "tenon/Import/Onnx/DataType.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tenon::onnx {

struct Graph;

/// A dense tensor: initializer, attribute value or test data.
struct Tensor {
  enum class Storage : uint8_t {
    Mapped,   // `mapped`: raw_data or packed fixed-width data, not aligned
    Decoded,  // `decoded`: rewritten from varints to fixed-width elements
    Strings,  // `strings`: one per element
    External, // `external`: ModelFile::resolve finds the bytes
  };

  /// Where another file holds the data. `length` equals `numBytes`; nothing
  /// about the file itself has been checked yet.
  struct External {
    llvm::StringRef location;
    uint64_t offset = 0;
    uint64_t length = 0;
  };

  llvm::StringRef name;
  DataType type = DataType::Undefined;
  Storage storage = Storage::Mapped;
  /// Each >= 0; empty for a scalar.
  std::vector<int64_t> dims;
  /// Product of `dims`; the product without its zeros fits int64_t too.
  int64_t numElements = 0;
  /// Bytes of the row-major little-endian data; 0 for String.
  uint64_t numBytes = 0;

  llvm::StringRef mapped;
  std::vector<char> decoded;
  std::vector<llvm::StringRef> strings;
  External external;

  /// The `numBytes` bytes of the elements, exactly as raw_data has them. Empty
  /// for Storage::Strings and Storage::External.
  llvm::ArrayRef<char> bytes() const {
    if (storage == Storage::Decoded)
      return decoded;
    return {mapped.data(), mapped.size()};
  }
};

/// Recognised, so that it can be named in an error; Tenon has no sparse types.
struct SparseTensor {
  Tensor values;
  Tensor indices;
  std::vector<int64_t> dims;
};

/// One dimension of a declared shape.
struct Dim {
  enum class Kind : uint8_t { Unknown, Value, Param };
  Kind kind = Kind::Unknown;
  int64_t value = 0;     // Kind::Value, >= 0
  llvm::StringRef param; // Kind::Param, not empty
};

/// The declared type of a value.
struct Type {
  enum class Kind : uint8_t {
    None, // absent
    Tensor,
    SparseTensor,
    Sequence,
    Optional,
    Map,
    Opaque,
  };
  Kind kind = Kind::None;
  /// Tensor and SparseTensor: of the elements. Map: of the keys.
  DataType elementType = DataType::Undefined;
  /// Tensor and SparseTensor; absent means that even the rank is unknown.
  std::optional<std::vector<Dim>> shape;
  /// Sequence and Optional: the element type. Map: the value type. One or none.
  std::vector<Type> element;

  /// "tensor(FLOAT)[batch, 3, ?]", "sequence(tensor(INT64))", ...
  std::string str() const;
};

struct ValueInfo {
  llvm::StringRef name;
  Type type;
};

struct Attribute {
  /// The values are those of onnx.AttributeProto.AttributeType.
  enum class Kind : uint8_t {
    Undefined = 0, // only for a reference (`refAttrName`) without a type
    Float = 1,
    Int = 2,
    String = 3,
    Tensor = 4,
    Graph = 5,
    Floats = 6,
    Ints = 7,
    Strings = 8,
    Tensors = 9,
    Graphs = 10,
    SparseTensor = 11,
    SparseTensors = 12,
    TypeProto = 13,
    TypeProtos = 14,
  };

  llvm::StringRef name;
  Kind kind = Kind::Undefined;
  /// In a function body: the value is that of the function's attribute of this
  /// name, and no member below is set.
  llvm::StringRef refAttrName;

  float f = 0;
  int64_t i = 0;
  llvm::StringRef s;
  std::vector<float> floats;
  std::vector<int64_t> ints;
  std::vector<llvm::StringRef> strings;
  /// For the kinds Tensor, Graph, SparseTensor and TypeProto: exactly one.
  std::vector<Tensor> tensors;
  std::vector<Graph> graphs;
  std::vector<SparseTensor> sparseTensors;
  std::vector<Type> types;

  bool isReference() const { return !refAttrName.empty(); }
  const Tensor &tensor() const; // Kind::Tensor
  const Graph &graph() const;   // Kind::Graph
};

/// "FLOAT", "INTS", ... as ONNX names it.
llvm::StringRef attributeKindName(Attribute::Kind kind);

struct Node {
  llvm::StringRef name; // often empty
  llvm::StringRef opType;
  llvm::StringRef domain; // as written: "" and "ai.onnx" both occur
  llvm::StringRef overload;
  std::vector<llvm::StringRef> inputs; // "" is an omitted optional input
  std::vector<llvm::StringRef> outputs;
  std::vector<Attribute> attributes;

  /// The attribute of this name, or null.
  const Attribute *attribute(llvm::StringRef attributeName) const;
};

struct Graph {
  llvm::StringRef name;
  std::vector<Node> nodes;
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> outputs;
  std::vector<ValueInfo> valueInfos;
  std::vector<Tensor> initializers;
  /// Named by their `values.name`.
  std::vector<SparseTensor> sparseInitializers;
};

struct OpsetImport {
  llvm::StringRef domain; // as written: "" and "ai.onnx" both occur
  int64_t version = 0;
};

/// A model-local function, called by nodes of its domain, name and overload.
struct Function {
  llvm::StringRef name;
  llvm::StringRef domain;
  llvm::StringRef overload;
  std::vector<llvm::StringRef> inputs;
  std::vector<llvm::StringRef> outputs;
  std::vector<llvm::StringRef> attributes; // without a default
  std::vector<Attribute> attributeDefaults;
  std::vector<Node> nodes;
  std::vector<OpsetImport> opsetImports;
  std::vector<ValueInfo> valueInfos;
};

struct Model {
  int64_t irVersion = 0;
  llvm::StringRef producerName;
  llvm::StringRef producerVersion;
  llvm::StringRef domain;
  int64_t modelVersion = 0;
  std::vector<OpsetImport> opsetImports;
  Graph graph;
  std::vector<Function> functions;
  std::vector<std::pair<llvm::StringRef, llvm::StringRef>> metadata;
  bool hasTrainingInfo = false; // its content is not decoded
};

inline const Tensor &Attribute::tensor() const { return tensors.front(); }
inline const Graph &Attribute::graph() const { return graphs.front(); }

/// Decodes a ModelProto. The error is one line that names `fileName`, the part
/// of the model and the byte. Safe on hostile bytes: memory use is linear in
/// `bytes`, graphs nest at most 256 deep, types 64.
llvm::Expected<Model> decodeModel(llvm::StringRef bytes,
                                  llvm::StringRef fileName);

/// Decodes a bare TensorProto under the same guarantees.
llvm::Expected<Tensor> decodeTensor(llvm::StringRef bytes,
                                    llvm::StringRef fileName);

} // namespace tenon::onnx

#endif // TENON_IMPORT_ONNX_PROTO_H
