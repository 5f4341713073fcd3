//===- OpInterfacesTest.cpp - Roles and costs of tn ops -------------------===//
//
// Each op of the text below says what its cost and role must be.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include <catch2/catch.hpp>

using namespace mlir;
using namespace tenon::tn;

static constexpr const char *ops = R"mlir(
!x = tensor<?x8xf32, #tn.shape<[n, 8]>>
!image = tensor<?x9x9x4xf32, #tn.shape<[n, 9, 9, 4]>>
func.func @f(%x: !x, %w: tensor<8x3xf32>, %image: !image, %k: tensor<3x3x2x6xf32>,
             %v: tensor<2x2x4x3xf32>, %i: tensor<5xi64>) {
  %0 = tn.exp %x {flops = "128*n", role = 0 : i32} : (!x) -> !x
  %1 = tn.transpose %x {permutation = array<i64: 1, 0>, flops = "0", role = 1 : i32}
      : (!x) -> tensor<8x?xf32, #tn.shape<[8, n]>>
  %2 = tn.gather %x, %i {axis = 1 : i64, flops = "0", role = 1 : i32}
      : (!x, tensor<5xi64>) -> tensor<?x5xf32, #tn.shape<[n, 5]>>
  %3 = tn.reshape %x {flops = "0", role = 2 : i32} : (!x) -> tensor<?xf32, #tn.shape<[8*n]>>
  %4 = tn.reduce %x {axes = array<i64: 1>, combiner = #tn.combiner<sum>, flops = "8*n", role = 3 : i32}
      : (!x) -> tensor<?x1xf32, #tn.shape<[n, 1]>>
  %5 = tn.matmul %x, %w {flops = "48*n", role = 4 : i32}
      : (!x, tensor<8x3xf32>) -> tensor<?x3xf32, #tn.shape<[n, 3]>>
  // 2 * (n*5*5*6) * (3*3*2)
  %6 = tn.conv %image, %k {strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, groups = 2 : i64,
                           low = #tn.shape<[1, 1]>, flops = "5400*n", role = 4 : i32}
      : (!image, tensor<3x3x2x6xf32>) -> tensor<?x5x5x6xf32, #tn.shape<[n, 5, 5, 6]>>
  // 2 * (n*9*9*4) * (2*2*3)
  %7 = tn.conv_transpose %image, %v {strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, groups = 2 : i64,
                                     low = #tn.shape<[0, 0]>, flops = "7776*n", role = 5 : i32}
      : (!image, tensor<2x2x4x3xf32>) -> tensor<?x18x18x6xf32, #tn.shape<[n, 18, 18, 6]>>
  // (n*9*9*4) * (3*3)
  %8 = tn.pool %image {combiner = #tn.combiner<max>, window = array<i64: 3, 3>, strides = array<i64: 1, 1>,
                       dilations = array<i64: 1, 1>, low = #tn.shape<[1, 1]>, flops = "2916*n", role = 5 : i32}
      : (!image) -> !image
  %9 = tn.cumulative %x {axis = 0 : i64, combiner = #tn.combiner<sum>, flops = "8*n", role = 6 : i32} : (!x) -> !x
  %10 = tn.expr <[n]> {role = 7 : i32} : tensor<1xi64>
  return
}
)mlir";

TEST_CASE("ops have the role and cost of their family", "[OpInterfaces]") {
  MLIRContext context;
  context.loadDialect<TnDialect, func::FuncDialect>();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(ops, &context);
  REQUIRE(module);
  int checked = 0;
  module->walk([&](FusionRoleOpInterface op) {
    CAPTURE(op->getName().getStringRef().str());
    auto role = op->getAttrOfType<IntegerAttr>("role");
    REQUIRE(role);
    CHECK(static_cast<int64_t>(op.getFusionRole()) == role.getInt());
    auto cost = dyn_cast<CostOpInterface>(op.getOperation());
    auto flops = op->getAttrOfType<StringAttr>("flops");
    REQUIRE(static_cast<bool>(cost) == static_cast<bool>(flops));
    if (cost)
      CHECK(cost.getFlops().str() == flops.getValue().str());
    ++checked;
  });
  CHECK(checked == 11);
}
