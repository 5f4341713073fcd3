//===- ElementwiseOps.td - One element from one of each operand -*- tablegen -*-===//
//
// Operands broadcast as numpy does. There is no relu, gelu, clip or mean here:
// the importer writes them with these. Float math follows IEEE for NaN and
// infinity unless an op says otherwise; integers wrap.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_TN_ELEMENTWISEOPS
#define TENON_DIALECT_TN_ELEMENTWISEOPS

include "tenon/Dialect/Tn/TnOpBase.td"

def Tn_FloatTensor : RankedTensorOf<[AnyFloat]>;
def Tn_IntegerTensor : RankedTensorOf<[AnyInteger]>;

class Tn_Elementwise<string opMnemonic, list<Trait> traits = []>
    : Tn_PureOp<opMnemonic, "elementwise", traits # [
        DeclareOpInterfaceMethods<Tn_ScalarBodyOpInterface>]> {
  let results = (outs AnyRankedTensor:$result);
  /// Operations per element, about.
  int work = 1;
  let flopsDefinition = [{
    ::tenon::tn::ExprAttr $cppClass::getFlops() {
      return mulExpr(elementCount(getResult().getType()), }] # !cast<string>(work) # [{);
    }
  }];
}

/// The type of the operand.
class Tn_Unary<string opMnemonic, string text, Type operand = AnyRankedTensor>
    : Tn_Elementwise<opMnemonic, [SameOperandsAndResultType]> {
  let summary = text;
  let arguments = (ins operand:$x);
}
class Tn_FloatUnary<string opMnemonic, string text>
    : Tn_Unary<opMnemonic, text, Tn_FloatTensor>;

/// i1 of the operand's shape.
class Tn_Predicate<string opMnemonic, string text>
    : Tn_Elementwise<opMnemonic,
                     [DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = text;
  let arguments = (ins Tn_FloatTensor:$x);
  let extraClassDefinition = roleDefinition # flopsDefinition # [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext *context, ::std::optional<::mlir::Location> location,
        ::mlir::ValueRange operands, ::mlir::DictionaryAttr attributes,
        ::mlir::OpaqueProperties properties, ::mlir::RegionRange regions,
        ::llvm::SmallVectorImpl<::mlir::Type> &types) {
      types.push_back(withElement(operands[0].getType(),
                                  ::mlir::IntegerType::get(context, 1)));
      return ::mlir::success();
    }
  }];
}

/// The broadcast shape of the operands, the element type of the last one.
class Tn_Broadcasting<string opMnemonic, string text, list<Trait> traits = []>
    : Tn_Elementwise<opMnemonic, traits # [
        DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = text;
  let extraClassDefinition = roleDefinition # flopsDefinition # [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext *context, ::std::optional<::mlir::Location> location,
        ::mlir::ValueRange operands, ::mlir::DictionaryAttr attributes,
        ::mlir::OpaqueProperties properties, ::mlir::RegionRange regions,
        ::llvm::SmallVectorImpl<::mlir::Type> &types) {
      return inferBroadcast(location, operands,
                            ::mlir::getElementTypeOrSelf(operands.back()), types);
    }
  }];
}
class Tn_Binary<string opMnemonic, string text, list<Trait> traits = [],
                Type operand = AnyRankedTensor>
    : Tn_Broadcasting<opMnemonic, text, [SameOperandsElementType] # traits> {
  let arguments = (ins operand:$lhs, operand:$rhs);
}

def Tn_AbsOp : Tn_Unary<"abs", "Absolute value">;
def Tn_NegOp : Tn_Unary<"neg", "Negation">;
def Tn_SignOp : Tn_Unary<"sign", "-1, 0 or 1; NaN stays NaN">;
def Tn_CeilOp : Tn_FloatUnary<"ceil", "Rounds up">;
def Tn_FloorOp : Tn_FloatUnary<"floor", "Rounds down">;
def Tn_RoundOp : Tn_FloatUnary<"round", "Rounds to the nearest integer, ties to even">;
def Tn_SqrtOp : Tn_FloatUnary<"sqrt", "Square root">;
let work = 16 in {
def Tn_ExpOp : Tn_FloatUnary<"exp", "e to the x">;
def Tn_LogOp : Tn_FloatUnary<"log", "Natural logarithm">;
def Tn_SinOp : Tn_FloatUnary<"sin", "Sine, of radians">;
def Tn_CosOp : Tn_FloatUnary<"cos", "Cosine, of radians">;
def Tn_TanOp : Tn_FloatUnary<"tan", "Tangent, of radians">;
def Tn_AsinOp : Tn_FloatUnary<"asin", "Arc sine, in radians">;
def Tn_AcosOp : Tn_FloatUnary<"acos", "Arc cosine, in radians">;
def Tn_AtanOp : Tn_FloatUnary<"atan", "Arc tangent, in radians">;
def Tn_SinhOp : Tn_FloatUnary<"sinh", "Hyperbolic sine">;
def Tn_CoshOp : Tn_FloatUnary<"cosh", "Hyperbolic cosine">;
def Tn_TanhOp : Tn_FloatUnary<"tanh", "Hyperbolic tangent">;
def Tn_AsinhOp : Tn_FloatUnary<"asinh", "Inverse hyperbolic sine">;
def Tn_AcoshOp : Tn_FloatUnary<"acosh", "Inverse hyperbolic cosine">;
def Tn_AtanhOp : Tn_FloatUnary<"atanh", "Inverse hyperbolic tangent">;
def Tn_ErfOp : Tn_FloatUnary<"erf", "Error function">;
def Tn_SigmoidOp : Tn_FloatUnary<"sigmoid", "1 / (1 + exp(-x))">;
}
def Tn_NotOp : Tn_Unary<"not", "Complement of each bit; of i1, the logical not", Tn_IntegerTensor>;

def Tn_IsNanOp : Tn_Predicate<"is_nan", "Whether x is NaN">;
def Tn_IsInfOp : Tn_Predicate<"is_inf", "Whether x is an infinity of an accepted sign"> {
  let arguments = (ins Tn_FloatTensor:$x, DefaultValuedAttr<BoolAttr, "true">:$positive,
                       DefaultValuedAttr<BoolAttr, "true">:$negative);
}

def Tn_AddOp : Tn_Binary<"add", "Sum", [Commutative]>;
def Tn_SubOp : Tn_Binary<"sub", "Difference">;
def Tn_MulOp : Tn_Binary<"mul", "Product", [Commutative]>;
def Tn_DivOp : Tn_Binary<"div", "Quotient; of integers, rounded towards zero, and 0 for a zero divisor">;
def Tn_ModOp : Tn_Binary<"mod", "Remainder with the sign of the divisor">;
def Tn_RemOp : Tn_Binary<"rem", "Remainder with the sign of the dividend (C's fmod)">;
def Tn_PowOp : Tn_Broadcasting<"pow", "lhs to the power of rhs; the element type is lhs's"> {
  let work = 32;
  let arguments = (ins AnyRankedTensor:$lhs, AnyRankedTensor:$rhs);
  let extraClassDefinition = roleDefinition # flopsDefinition # [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext *context, ::std::optional<::mlir::Location> location,
        ::mlir::ValueRange operands, ::mlir::DictionaryAttr attributes,
        ::mlir::OpaqueProperties properties, ::mlir::RegionRange regions,
        ::llvm::SmallVectorImpl<::mlir::Type> &types) {
      return inferBroadcast(location, operands,
                            ::mlir::getElementTypeOrSelf(operands.front()), types);
    }
  }];
}
def Tn_MaxOp : Tn_Binary<"max", "The larger; NaN if either is NaN", [Commutative]>;
def Tn_MinOp : Tn_Binary<"min", "The smaller; NaN if either is NaN", [Commutative]>;
def Tn_AndOp : Tn_Binary<"and", "Bitwise and; of i1, logical", [Commutative], Tn_IntegerTensor>;
def Tn_OrOp : Tn_Binary<"or", "Bitwise or; of i1, logical", [Commutative], Tn_IntegerTensor>;
def Tn_XorOp : Tn_Binary<"xor", "Bitwise exclusive or; of i1, logical", [Commutative], Tn_IntegerTensor>;
def Tn_ShlOp : Tn_Binary<"shl", "Bits shifted left; 0 if by the width or more", [], Tn_IntegerTensor>;
def Tn_ShrOp : Tn_Binary<"shr", "Bits shifted right; all are the sign's if by the width or more", [], Tn_IntegerTensor>;

def Tn_CompareOp : Tn_Elementwise<"compare",
    [SameOperandsElementType, DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "How the elements compare, as i1; NaN only satisfies ne";
  let arguments = (ins AnyRankedTensor:$lhs, AnyRankedTensor:$rhs,
                       Tn_ComparePredicateAttr:$predicate);
}

def Tn_SelectOp : Tn_Broadcasting<"select", "`lhs` where `condition`, else `rhs`"> {
  let arguments = (ins RankedTensorOf<[I1]>:$condition, AnyRankedTensor:$lhs,
                       AnyRankedTensor:$rhs);
  let hasVerifier = 1;
}

def Tn_CastOp : Tn_Elementwise<"cast"> {
  let summary = "Conversion to another element type";
  let description = [{
    Float to integer truncates towards zero; to i1 asks `x != 0`; narrower
    floats round to nearest even. With `saturate`, values beyond an 8-bit float
    type become its largest, else its NaN or infinity as ONNX's Cast-19 says.
  }];
  let arguments = (ins AnyRankedTensor:$x, DefaultValuedAttr<BoolAttr, "true">:$saturate);
  let hasVerifier = 1;
}

#endif // TENON_DIALECT_TN_ELEMENTWISEOPS
