//===- SizeRequirementsTest.cpp - What sizes must be for an op ------------===//
//
// Each op of the text below says what it asks of sizes.
//
//===----------------------------------------------------------------------===//

#include "tenon/Dialect/Tn/SizeRequirements.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include <catch2/catch.hpp>

using namespace mlir;
using namespace tenon::tn;

static constexpr const char *ops = R"mlir(
!ab = tensor<?x?xf32, #tn.shape<[a, b]>>
!cd = tensor<?x?xf32, #tn.shape<[c, d]>>
!ij = tensor<?x?xi64, #tn.shape<[i, j]>>
!image = tensor<?x9x9x?xf32, #tn.shape<[n, 9, 9, c]>>
func.func @f(%x: !ab, %y: !cd, %i: !ij, %row: tensor<3xf32>, %image: !image,
             %k: tensor<3x3x2x6xf32>, %tuples: tensor<?x1xi64, #tn.shape<[i, 1]>>) {
  %0 = tn.add %x, %row {asks = "b is 1 or 3"}
      : (!ab, tensor<3xf32>) -> tensor<?x3xf32, #tn.shape<[a, 3]>>
  %1 = tn.exp %x {asks = ""} : (!ab) -> !ab
  %2 = tn.matmul %x, %y {asks = "b is c"} : (!ab, !cd) -> tensor<?x?xf32, #tn.shape<[a, d]>>
  %3 = tn.concat %x, %y {axis = 0 : i64, asks = "d is b"}
      : (!ab, !cd) -> tensor<?x?xf32, #tn.shape<[a+c, b]>>
  %4 = tn.conv %image, %k {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, groups = 2 : i64,
                           low = #tn.shape<[1, 1]>, asks = "c is 4"}
      : (!image, tensor<3x3x2x6xf32>) -> tensor<?x9x9x6xf32, #tn.shape<[n, 9, 9, 6]>>
  %5 = tn.gather_elements %x, %i {axis = 1 : i64, asks = "i is at most a"}
      : (!ab, !ij) -> tensor<?x?xf32, #tn.shape<[i, j]>>
  %6 = tn.scatter_nd %x, %tuples, %y {mode = #tn.scatter<assign>, asks = "c is i, d is b"}
      : (!ab, tensor<?x1xi64, #tn.shape<[i, 1]>>, !cd) -> !ab
  return
}
)mlir";

static std::string text(const SizeRequirement &requirement) {
  StringRef relation = requirement.relation == SizeRelation::equal ? " is "
                       : requirement.relation == SizeRelation::atMost
                           ? " is at most "
                           : " is 1 or ";
  return requirement.size.str() + relation.str() + requirement.other.str();
}

TEST_CASE("ops ask that sizes of their operands fit", "[SizeRequirements]") {
  MLIRContext context;
  context.loadDialect<TnDialect, func::FuncDialect>();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(ops, &context);
  REQUIRE(module);
  int checked = 0;
  module->walk([&](Operation *op) {
    auto asks = op->getAttrOfType<StringAttr>("asks");
    if (!asks)
      return;
    CAPTURE(op->getName().getStringRef().str());
    CHECK(llvm::join(llvm::map_range(requiredSizes(op), text), ", ") ==
          asks.getValue().str());
    ++checked;
  });
  CHECK(checked == 7);
}
