//===- ShapeTest.cpp - Symbolic shapes of tensor types --------------------===//

#include "tenon/Dialect/Tn/Shape.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include <catch2/catch.hpp>

using namespace tenon::tn;
using llvm::SmallVector;

namespace {
struct ShapeFixture {
  ShapeFixture() {
    context.loadDialect<TnDialect>();
    batch = symbolExpr(&context, "batch");
    seq = symbolExpr(&context, "seq");
  }
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  mlir::Type f32 = mlir::Float32Type::get(&context);
  mlir::Type i1 = mlir::IntegerType::get(&context, 1);
  ExprAttr batch, seq;
  std::string message;

  ExprAttr number(int64_t value) { return constantExpr(&context, value); }
  llvm::FailureOr<SmallVector<ExprAttr>>
  broadcast(llvm::ArrayRef<SmallVector<ExprAttr>> shapes) {
    mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &d) {
      message = d.str();
      return mlir::success();
    });
    return broadcastShapes(shapes, [&] {
      return mlir::emitError(mlir::UnknownLoc::get(&context));
    });
  }
};
} // namespace

TEST_CASE_METHOD(ShapeFixture, "a static tensor carries no encoding") {
  mlir::RankedTensorType type = tensorOf({number(2), number(3)}, f32);
  CHECK(type == mlir::RankedTensorType::get({2, 3}, f32));
  CHECK(shapeOf(type) == SmallVector<ExprAttr>{number(2), number(3)});
  CHECK(tensorOf({}, f32) == mlir::RankedTensorType::get({}, f32));
}

TEST_CASE_METHOD(ShapeFixture, "a dynamic tensor carries all dims") {
  SmallVector<ExprAttr> dims{batch, addExpr(mulExpr(seq, 2), 1), number(768)};
  mlir::RankedTensorType type = tensorOf(dims, f32);
  CHECK(type.getShape() == llvm::ArrayRef<int64_t>{mlir::ShapedType::kDynamic,
                                                   mlir::ShapedType::kDynamic,
                                                   768});
  CHECK(shapeOf(type) == dims);
  CHECK(withElement(type, i1) == tensorOf(dims, i1));
  CHECK(elementCount(type).str() == "1536*batch*seq+768*batch");
  CHECK(elementCount(tensorOf({}, f32)).isConstant(1));
  CHECK(elementCount(tensorOf({batch, number(0)}, f32)).isConstant(0));
}

TEST_CASE_METHOD(ShapeFixture, "bytes of an element") {
  CHECK(elementBytes(f32) == 4);
  CHECK(elementBytes(i1) == 1);
  CHECK(elementBytes(mlir::IntegerType::get(&context, 4)) == 1);
  CHECK(elementBytes(mlir::BFloat16Type::get(&context)) == 2);
  CHECK(elementBytes(mlir::IndexType::get(&context)) == 8);
  CHECK(elementBytes(mlir::ComplexType::get(f32)) == 8);
}

TEST_CASE_METHOD(ShapeFixture, "shapes broadcast from the right") {
  auto result = broadcast({{seq, number(1)}, {batch, number(1), number(8)}});
  REQUIRE(llvm::succeeded(result));
  CHECK(*result == SmallVector<ExprAttr>{batch, seq, number(8)});
  result = broadcast({{batch}, {seq}, {}});
  REQUIRE(llvm::succeeded(result));
  CHECK((*result)[0] == broadcastExpr(batch, seq));
  result = broadcast({{number(0)}, {number(1)}});
  REQUIRE(llvm::succeeded(result));
  CHECK((*result)[0].isConstant(0));
  CHECK(broadcast({})->empty());
}

TEST_CASE_METHOD(ShapeFixture, "sizes that cannot meet are an error") {
  CHECK(llvm::failed(broadcast({{batch, number(3)}, {number(4)}})));
  CHECK(message == "cannot broadcast shapes [batch, 3], [4]: size 3 meets 4");
}

TEST_CASE_METHOD(ShapeFixture, "reshapes keep groups of dims apart", "[Shape]") {
  auto groups = [](llvm::ArrayRef<ExprAttr> from, llvm::ArrayRef<ExprAttr> to) {
    std::string text;
    for (const DimGroup &g : matchDims(from, to))
      text += std::to_string(g.from) + "-" + std::to_string(g.fromEnd) + ":" +
              std::to_string(g.to) + "-" + std::to_string(g.toEnd) + " ";
    return text;
  };
  // Heads split from channels, dims in front kept.
  CHECK(groups({batch, seq, number(64)},
               {batch, seq, number(8), number(4), number(2)}) ==
        "0-1:0-1 1-2:1-2 2-3:2-5 ");
  CHECK(groups({batch, seq, number(64)}, {mulExpr(batch, seq), number(64)}) ==
        "0-2:0-1 2-3:1-2 ");
  // Dims of 1 belong to the group before them.
  CHECK(groups({batch, number(4), number(1)}, {batch, number(4)}) ==
        "0-1:0-1 1-3:1-2 ");
  CHECK(groups({number(6)}, {number(1), number(2), number(3)}) == "0-1:0-3 ");
  CHECK(groups({number(6), number(4)}, {number(8), number(3)}) == "0-2:0-2 ");
  CHECK(groups({}, {number(1)}).empty());
}
