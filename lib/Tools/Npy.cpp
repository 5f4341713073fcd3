//===- Npy.cpp - numpy's array files --------------------------------------===//

#include "tenon/Tools/Npy.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace tenon;

static constexpr StringLiteral kMagic = "\x93NUMPY";
/// Headers begin data at a multiple of this.
static constexpr size_t kAlignment = 64;

static const struct {
  StringLiteral descr;
  int code, bits;
} kTypes[] = {
    {"<f8", TN_FLOAT, 64}, {"<f4", TN_FLOAT, 32}, {"<f2", TN_FLOAT, 16},
    {"|b1", TN_BOOL, 8},   {"<i8", TN_INT, 64},   {"<i4", TN_INT, 32},
    {"<i2", TN_INT, 16},   {"|i1", TN_INT, 8},    {"<u8", TN_UINT, 64},
    {"<u4", TN_UINT, 32},  {"<u2", TN_UINT, 16},  {"|u1", TN_UINT, 8},
};

/// What follows `key` in the header's dict; empty if it is not there.
static StringRef after(StringRef header, StringRef key) {
  size_t at = header.find(("'" + key + "':").str());
  return at == StringRef::npos ? StringRef()
                               : header.drop_front(at + key.size() + 3).ltrim();
}

static bool parseDims(StringRef text, std::vector<int64_t> &dims) {
  if (!text.consume_front("("))
    return false;
  while (!(text = text.ltrim(" ,")).starts_with(")")) {
    int64_t size = 0;
    if (text.consumeInteger(10, size) || size < 0)
      return false;
    dims.push_back(size);
  }
  return true;
}

Expected<NpyArray> tenon::parseNpy(StringRef bytes, StringRef name) {
  auto wrong = [&](const Twine &what) {
    return createStringError(name + ": " + what);
  };
  if (!bytes.consume_front(kMagic) || bytes.size() < 4)
    return wrong("not an .npy file");
  uint8_t version = bytes[0];
  if (version < 1 || version > 3)
    return wrong("version " + Twine(unsigned(version)) +
                 " of the .npy format is unknown, 1 to 3 are known");
  size_t width = version == 1 ? 2 : 4;
  bytes = bytes.drop_front(2);
  if (bytes.size() < width)
    return wrong("the header is cut short");
  size_t length = width == 2 ? support::endian::read16le(bytes.data())
                             : support::endian::read32le(bytes.data());
  bytes = bytes.drop_front(width);
  if (bytes.size() < length)
    return wrong("the header is cut short");
  StringRef header = bytes.take_front(length);
  bytes = bytes.drop_front(length);

  NpyArray array;
  StringRef descr = after(header, "descr");
  auto *type = find_if(kTypes, [&](const auto &t) {
    return descr.starts_with(("'" + t.descr + "'").str());
  });
  if (type == std::end(kTypes))
    return wrong("elements of type " + descr.split(',').first +
                 " cannot be read; use little-endian numbers or bool");
  array.dtype = {uint8_t(type->code), uint8_t(type->bits), 1};
  if (!after(header, "fortran_order").starts_with("False"))
    return wrong("the array is in Fortran order; save "
                 "numpy.ascontiguousarray(x)");
  if (!parseDims(after(header, "shape"), array.dims))
    return wrong("the header has no valid shape");
  int64_t size = type->bits / 8;
  for (int64_t dim : array.dims)
    if (MulOverflow(size, dim, size))
      return wrong("the shape overflows 64 bits");
  if (int64_t(bytes.size()) != size)
    return wrong(Twine(bytes.size()) + " bytes of data, the shape needs " +
                 Twine(size));
  array.bytes.assign(bytes.begin(), bytes.end());
  return array;
}

Expected<NpyArray> tenon::readNpy(StringRef path) {
  auto buffer = MemoryBuffer::getFile(path, /*IsText=*/false,
                                      /*RequiresNullTerminator=*/false);
  if (!buffer)
    return createStringError(path + ": " + buffer.getError().message());
  return parseNpy((*buffer)->getBuffer(), path);
}

void tenon::writeNpy(raw_ostream &os, const tn_view &view) {
  auto *type = find_if(kTypes, [&](const auto &t) {
    return t.code == view.dtype.code && t.bits == view.dtype.bits;
  });
  std::string descr =
      type != std::end(kTypes)
          ? type->descr.str()
          : "|V" + std::to_string(divideCeil(view.dtype.bits, 8));
  std::string header =
      "{'descr': '" + descr + "', 'fortran_order': False, " + "'shape': (";
  for (int64_t dim : ArrayRef(view.dims, view.rank))
    header += std::to_string(dim) + ", ";
  header += "), }";
  size_t before = kMagic.size() + 4;
  header.resize(alignTo(before + header.size() + 1, kAlignment) - before - 1,
                ' ');
  header += "\n";
  char length[2];
  support::endian::write16le(length, header.size());
  os << kMagic << StringRef("\1\0", 2) << StringRef(length, 2) << header;
  os.write(static_cast<const char *>(view.data), tn_view_bytes(&view));
}
