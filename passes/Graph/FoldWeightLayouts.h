//===- FoldWeightLayouts.h - Movements of weights into weights --*- C++ -*-===//

#ifndef TENON_PASSES_GRAPH_FOLDWEIGHTLAYOUTS_H
#define TENON_PASSES_GRAPH_FOLDWEIGHTLAYOUTS_H

namespace mlir {
class RewritePatternSet;
}

namespace tenon::graph {

/// Transposes of weights become a permutation that is applied when the artifact
/// is written; reshapes become another type for the same bytes. Must run before
/// fusions are formed: kernels read packed weights only of a tn.weight.
void populateFoldWeightLayoutPatterns(mlir::RewritePatternSet &patterns);

} // namespace tenon::graph

#endif // TENON_PASSES_GRAPH_FOLDWEIGHTLAYOUTS_H
