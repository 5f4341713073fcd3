//===- NpyTest.cpp - numpy's array files ----------------------------------===//

#include "tenon/Tools/Npy.h"
#include <catch2/catch.hpp>

using namespace tenon;
using Catch::Contains;

/// A file of version 1 with this header, as numpy 2 pads it.
static std::string file(std::string header, const std::string &data) {
  header.resize((10 + header.size() + 1 + 63) / 64 * 64 - 11, ' ');
  header += "\n";
  std::string text("\x93NUMPY\1\0", 8);
  text += char(header.size() & 255);
  text += char(header.size() >> 8);
  return text + header + data;
}

static std::string errorOf(const std::string &bytes) {
  auto array = parseNpy(bytes, "x.npy");
  return array ? "" : llvm::toString(array.takeError());
}

TEST_CASE("what is written is what numpy writes, and is read back", "[npy]") {
  float values[] = {1, 2, 3, 4, 5, 6};
  int64_t dims[] = {2, 3};
  std::string text;
  {
    llvm::raw_string_ostream os(text);
    writeNpy(os, {values, dims, 2, TN_F32});
  }
  std::string data(reinterpret_cast<char *>(values), sizeof(values));
  CHECK(text.size() % 64 == sizeof(values));
  CHECK_THAT(text, Contains("{'descr': '<f4', 'fortran_order': False, "
                            "'shape': (2, 3, ), }"));
  auto array = parseNpy(text, "x.npy");
  REQUIRE(bool(array));
  CHECK(array->dims == std::vector<int64_t>{2, 3});
  CHECK(std::string(array->bytes.data(), array->bytes.size()) == data);

  // Scalars, one dim, other versions, other types.
  auto scalar = parseNpy(file("{'descr': '|b1', 'fortran_order': False, "
                              "'shape': (), }",
                              "\1"),
                         "s.npy");
  REQUIRE(bool(scalar));
  CHECK(scalar->dims.empty());
  CHECK(scalar->dtype.code == TN_BOOL);
  std::string second =
      file("{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }", "abcd");
  second[6] = 2;
  second.insert(10, std::string(2, '\0'));
  auto wide = parseNpy(second, "w.npy");
  REQUIRE(bool(wide));
  CHECK(wide->dims == std::vector<int64_t>{2});
}

TEST_CASE("files that are no arrays of this machine are refused", "[npy]") {
  std::string head = "{'descr': '<f4', 'fortran_order': ";
  CHECK(errorOf("") == "x.npy: not an .npy file");
  CHECK(errorOf("\x93NUMPY\1") == "x.npy: not an .npy file");
  CHECK_THAT(errorOf(std::string("\x93NUMPY\x09\0\0\0\0\0", 12)),
             Contains("version 9"));
  CHECK_THAT(errorOf(std::string("\x93NUMPY\1\0\xff\x7f", 10)),
             Contains("cut short"));
  CHECK_THAT(errorOf(file(head + "True, 'shape': (1,), }", "abcd")),
             Contains("Fortran"));
  CHECK_THAT(errorOf(file(head + "False, 'shape': (2,), }", "abcd")),
             Contains("4 bytes of data, the shape needs 8"));
  CHECK_THAT(errorOf(file(head + "False, 'shape': (-1,), }", "abcd")),
             Contains("no valid shape"));
  CHECK_THAT(errorOf(file(head + "False, }", "abcd")), Contains("valid shape"));
  CHECK_THAT(
      errorOf(file(head + "False, 'shape': (4611686018427387904, 8), }", "")),
      Contains("overflows"));
  CHECK_THAT(errorOf(file("{'descr': '>f4', 'fortran_order': False, "
                          "'shape': (1,), }",
                          "abcd")),
             Contains("'>f4'"));
  CHECK_THAT(errorOf(file("{'descr': '|O', 'shape': (1,), }", "")),
             Contains("cannot be read"));
}
