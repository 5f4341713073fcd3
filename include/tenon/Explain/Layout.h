//===- Layout.h - Draws a graph in layers -----------------------*- C++ -*-===//
//
// The method of Sugiyama, Tagawa and Toda: nodes lie in layers by their longest
// path, so that edges lead down; bends in each layer that an edge passes;
// orders of layers with few crossings; then places close to those of
// neighbours. Time is linear in nodes, edges and bends, but for sorting.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_EXPLAIN_LAYOUT_H
#define TENON_EXPLAIN_LAYOUT_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <vector>

namespace tenon::explain {

struct Edge {
  int from, to;
};

/// Nodes take one unit of x; layers are at y = 0, 1, 2 ...
struct Layout {
  struct Point {
    double x, y;
  };
  std::vector<Point> nodes;              ///< centers
  std::vector<std::vector<Point>> bends; ///< of each edge, from top to bottom
  double width = 0, height = 0;
};

/// The graph may have no cycle; an edge twice is drawn once.
Layout layoutGraph(int nodes, llvm::ArrayRef<Edge> edges);

} // namespace tenon::explain

#endif // TENON_EXPLAIN_LAYOUT_H
