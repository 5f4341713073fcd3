//===- DataType.cpp - ONNX tensor element types ---------------------------===//

#include "tenon/Import/Onnx/DataType.h"
#include <iterator>

using namespace tenon::onnx;

namespace {
struct Row {
  llvm::StringLiteral name;
  unsigned bits;
};
} // namespace

/// Indexed by the value of DataType.
static constexpr Row kRows[] = {
    {"UNDEFINED", 0},      {"FLOAT", 32},     {"UINT8", 8},
    {"INT8", 8},           {"UINT16", 16},    {"INT16", 16},
    {"INT32", 32},         {"INT64", 64},     {"STRING", 0},
    {"BOOL", 8},           {"FLOAT16", 16},   {"DOUBLE", 64},
    {"UINT32", 32},        {"UINT64", 64},    {"COMPLEX64", 64},
    {"COMPLEX128", 128},   {"BFLOAT16", 16},  {"FLOAT8E4M3FN", 8},
    {"FLOAT8E4M3FNUZ", 8}, {"FLOAT8E5M2", 8}, {"FLOAT8E5M2FNUZ", 8},
    {"UINT4", 4},          {"INT4", 4},       {"FLOAT4E2M1", 4},
    {"FLOAT8E8M0", 8},     {"UINT2", 2},      {"INT2", 2},
    {"FLOAT6E2M3", 6},     {"FLOAT6E3M2", 6},
};
static_assert(std::size(kRows) == size_t(DataType::Float6E3M2) + 1);

bool tenon::onnx::isKnownDataType(int64_t value) {
  return value >= 0 && value < int64_t(std::size(kRows));
}

llvm::StringRef tenon::onnx::dataTypeName(DataType type) {
  return kRows[size_t(type)].name;
}

unsigned tenon::onnx::dataTypeBits(DataType type) {
  return kRows[size_t(type)].bits;
}
