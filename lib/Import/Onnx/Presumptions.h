//===- Presumptions.h - Branches taken before their time --------*- C++ -*-===//
//
// The results of a tn.if have one rank. Exporters write `squeeze(x) if
// x.shape[-1] == 1 else x`, whose branches differ in rank, but what follows is
// valid for one of them only. Such an If is imported as one branch and a check
// of the condition at run time; which one is found by trying: an import that
// fails is repeated with the latest presumption reversed.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_IMPORT_ONNX_PRESUMPTIONS_H
#define TENON_LIB_IMPORT_ONNX_PRESUMPTIONS_H

#include "tenon/Import/Onnx/Proto.h"
#include "llvm/ADT/SmallVector.h"

namespace tenon::onnx {

class Presumptions {
public:
  /// The branch that `node` is presumed to take: 0 is then, 1 is else.
  int branchOf(const Node &node);
  /// Reverses the latest presumption of which one branch only was tried and
  /// forgets those after it; false if there is none.
  bool reconsider();

private:
  struct Choice {
    const Node *node;
    int branch;
  };
  llvm::SmallVector<Choice> choices; ///< in order of import
};

} // namespace tenon::onnx

#endif // TENON_LIB_IMPORT_ONNX_PRESUMPTIONS_H
