//===- TnBase.td - The tn dialect, its attributes and enums -----*- tablegen -*-===//
//
// tn is the graph IR of Tenon: pure tensor operations, around 70 of them, to
// which ONNX's 200 are decomposed by the importer. Symbolic shapes live in the
// tensor type as its encoding; a fully static tensor carries none.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_TN_TNBASE
#define TENON_DIALECT_TN_TNBASE

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/TensorEncoding.td"

def Tn_Dialect : Dialect {
  let name = "tn";
  let cppNamespace = "::tenon::tn";
  let summary = "Tensor graphs with symbolic shapes";
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let hasCanonicalizer = 1;
  let hasOperationAttrVerify = 1;
  let dependentDialects = ["::mlir::func::FuncDialect"];
  let extraClassDeclaration = [{
    void registerAttributes();
    void registerElementwiseOps();
    void registerMovementOps();
    void registerIndexingOps();
    void registerReductionOps();
    void registerContractionOps();
    void registerStructureOps();
  }];
}

class Tn_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Tn_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def Tn_ExprAttr : Tn_Attr<"Expr", "expr"> {
  let summary = "A canonical symbolic integer expression";
  let description = [{
    Built only by the functions of Expr.h, which keep it canonical: two
    expressions that simplify to the same polynomial are the same attribute.

    Example: `#tn.expr<2*seq+1>`, `#tn.expr<ceildiv(h, 2)>`
  }];
  let parameters = (ins "::tenon::tn::ExprKind":$kind, "int64_t":$value,
                        StringRefParameter<>:$name,
                        ArrayRefParameter<"::tenon::tn::ExprAttr">:$args);
  let hasCustomAssemblyFormat = 1;
  let skipDefaultBuilders = 1;
  let genVerifyDecl = 0;
  let extraClassDeclaration = [{
    /// Uniques without simplifying; for Expr.cpp only.
    static ExprAttr getRaw(::mlir::MLIRContext *context, ExprKind kind,
                           int64_t value, ::llvm::StringRef name,
                           ::llvm::ArrayRef<ExprAttr> args);
    bool isConstant() const { return getKind() == ExprKind::Constant; }
    bool isConstant(int64_t value) const {
      return isConstant() && getValue() == value;
    }
    bool isSymbol() const { return getKind() == ExprKind::Symbol; }
    /// The text people read: `2*seq+1`.
    std::string str() const;
  }];
}

def Tn_ShapeAttr : Tn_Attr<"Shape", "shape",
    [DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "A symbolic shape: one expression per dimension";
  let description = [{
    The encoding of a tensor with at least one dynamic dimension; also a plain
    list of expressions where an op takes one (slice starts, pad sizes).

    Example: `tensor<?x?x768xf32, #tn.shape<[batch, 2*seq+1, 768]>>`
  }];
  let parameters = (ins ArrayRefParameter<"::tenon::tn::ExprAttr">:$dims);
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    size_t size() const { return getDims().size(); }
    ExprAttr operator[](size_t i) const { return getDims()[i]; }
  }];
}

class Tn_Enum<string name, string text, list<string> cases>
    : I32EnumAttr<name, text,
        !foreach(i, !range(!size(cases)),
                 I32EnumAttrCase<cases[i], i>)> {
  let cppNamespace = "::tenon::tn";
  let genSpecializedAttr = 0;
}
class Tn_EnumAttr<Tn_Enum e, string attrMnemonic>
    : EnumAttr<Tn_Dialect, e, attrMnemonic> {
  let assemblyFormat = "`<` $value `>`";
}

def Tn_ComparePredicate : Tn_Enum<"ComparePredicate", "how two elements compare",
    ["eq", "ne", "lt", "le", "gt", "ge"]>;
def Tn_ComparePredicateAttr : Tn_EnumAttr<Tn_ComparePredicate, "compare">;

def Tn_Combiner : Tn_Enum<"Combiner", "how elements are combined",
    ["sum", "prod", "max", "min", "logical_and", "logical_or"]>;
def Tn_CombinerAttr : Tn_EnumAttr<Tn_Combiner, "combiner">;

def Tn_ScatterMode : Tn_Enum<"ScatterMode", "what a scatter does at its target",
    ["assign", "add", "mul", "max", "min"]>;
def Tn_ScatterModeAttr : Tn_EnumAttr<Tn_ScatterMode, "scatter">;

def Tn_PadMode : Tn_Enum<"PadMode", "what lies outside a padded tensor",
    ["constant", "reflect", "edge", "wrap"]>;
def Tn_PadModeAttr : Tn_EnumAttr<Tn_PadMode, "pad_mode">;

def Tn_CellKind : Tn_Enum<"CellKind", "the cell of a recurrent layer",
    ["rnn", "gru", "lstm"]>;
def Tn_CellKindAttr : Tn_EnumAttr<Tn_CellKind, "cell">;

def Tn_Activation : Tn_Enum<"Activation", "an activation inside a recurrent cell",
    ["sigmoid", "tanh", "relu", "leaky_relu", "thresholded_relu", "affine",
     "scaled_tanh", "hard_sigmoid", "elu", "softsign", "softplus"]>;

def Tn_Hero : Tn_Enum<"Hero", "the op that shapes a kernel",
    ["loop", "reduction", "transpose", "matmul", "conv", "concat", "scatter",
     "scan", "sort", "compact", "recurrent", "attention", "batch"]>;

def Tn_VersionAttr : Tn_Attr<"Version", "version"> {
  let summary = "Another tile of a kernel, for small sizes";
  let description = [{
    It is the tile where `size` is at most `most`, which the kernel finds out
    when it runs.

    Example: `#tn.version<n*h upto 1, tile = [1, 8]>`
  }];
  let parameters = (ins "::tenon::tn::ExprAttr":$size, "int64_t":$most,
                        ArrayRefParameter<"int64_t">:$tile);
  let assemblyFormat =
      "`<` $size `upto` $most `,` `tile` `=` `[` $tile `]` `>`";
}

def Tn_ScheduleAttr : Tn_Attr<"Schedule", "schedule"> {
  let summary = "How a fusion becomes a kernel; written by the schedule phase, read by emitters";
  let description = [{
    - `hero`: which emitter;
    - `lanes`: elements per vector of the innermost loop (1: scalar code);
    - `tile`: the block of one parallel tile; its meaning is the hero's:
      loop [rows, columns] ([0, n]: n elements of the flattened dims),
      reduction [rows], matmul [rows, vectors, panel (0: unpacked), tileRows,
      tileColumns, copies], conv [height, width, vectors, panel, tileHeight,
      tileWidth, tileColumns];
    - `versions`: tiles for smaller sizes; the first one that applies is used.

    Example: `#tn.schedule<matmul, lanes = 16, tile = [6, 4]>`
  }];
  let parameters = (ins EnumParameter<Tn_Hero>:$hero, "int64_t":$lanes,
                        OptionalArrayRefParameter<"int64_t">:$tile,
                        OptionalArrayRefParameter<"::tenon::tn::VersionAttr">:$versions);
  let builders = [AttrBuilder<(ins "::tenon::tn::Hero":$hero, "int64_t":$lanes,
                                   "::llvm::ArrayRef<int64_t>":$tile), [{
    return $_get($_ctxt, hero, lanes, tile, ::llvm::ArrayRef<VersionAttr>());
  }]>];
  let assemblyFormat = [{
    `<` $hero `,` `lanes` `=` $lanes `,` `tile` `=` `[` (`]`) : ($tile^ `]`)?
        (`,` `versions` `=` `[` $versions^ `]`)? `>`
  }];
}

def Tn_PackAttr : Tn_Attr<"Pack", "pack"> {
  let summary = "A blocked layout of a weight";
  let description = [{
    The packed tensor has dims `[ceildiv(d, b) ...] + [b ...]` after `order` is
    applied: first each axis `axes[i]` of the source is split into blocks of
    `blocks[i]`, zero padded (the blocks become trailing axes, in that order),
    then axes are permuted by `order`.

    Example: [K, N] to panels of 32 columns [N/32][K][32]:
    `#tn.pack<axes = [1], blocks = [32], order = [1, 0, 2]>`
  }];
  let parameters = (ins OptionalArrayRefParameter<"int64_t">:$axes,
                        OptionalArrayRefParameter<"int64_t">:$blocks,
                        ArrayRefParameter<"int64_t">:$order);
  let assemblyFormat = [{
    `<` `axes` `=` `[` (`]`) : ($axes^ `]`)? `,` `blocks` `=` `[` (`]`) : ($blocks^ `]`)?
        `,` `order` `=` `[` $order `]` `>`
  }];
}

def Tn_FileDataAttr : Tn_Attr<"FileData", "file"> {
  let summary = "Bytes of a file, by position";
  let parameters = (ins StringRefParameter<>:$path, "int64_t":$offset,
                        "int64_t":$bytes);
  let assemblyFormat = "`<` $path `,` $offset `,` $bytes `>`";
}

#endif // TENON_DIALECT_TN_TNBASE
