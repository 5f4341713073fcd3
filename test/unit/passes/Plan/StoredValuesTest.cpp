//===- StoredValuesTest.cpp - Constants as they lie in memory -------------===//

#include "passes/Plan/StoredValues.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include <catch2/catch.hpp>

using namespace tenon;

/// The bytes of a constant with `value`.
static std::vector<int> bytesOf(const std::string &value) {
  mlir::MLIRContext context;
  context.loadDialect<tn::TnDialect, mlir::func::FuncDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(
      "func.func @main() {\n%0 = tn.constant " + value + "\nreturn\n}",
      &context);
  REQUIRE(module);
  std::vector<int> bytes;
  module->walk([&](tn::ConstantOp constant) {
    mlir::FailureOr<cpu::WeightSource> source =
        plan::storedSource(constant, 64);
    REQUIRE(mlir::succeeded(source));
    CHECK(source->position == 64);
    CHECK(int64_t(source->blobBytes()) == *plan::storedBytes(constant));
    for (char byte : source->data)
      bytes.push_back(static_cast<unsigned char>(byte));
  });
  return bytes;
}

TEST_CASE("bytes of constants", "[Plan]") {
  using Bytes = std::vector<int>;
  CHECK(bytesOf("dense<[1, 515]> : tensor<2xi16>") == Bytes{1, 0, 3, 2});
  CHECK(bytesOf("dense<258> : tensor<2xui16>") == Bytes{2, 1, 2, 1});
  CHECK(bytesOf("dense<[true, false, true]> : tensor<3xi1>") == Bytes{1, 0, 1});
  CHECK(bytesOf("dense<true> : tensor<3xi1>") == Bytes{1, 1, 1});
  CHECK(bytesOf("dense<[1, 7]> : tensor<2xi4>") == Bytes{1, 7});
  CHECK(bytesOf("dense<1.0> : tensor<2xbf16>") ==
        Bytes{0x80, 0x3F, 0x80, 0x3F});
  CHECK(bytesOf("dense<1.0> : tensor<f16>") == Bytes{0x00, 0x3C});
  CHECK(bytesOf("dense<> : tensor<0xf32>").empty());
}
