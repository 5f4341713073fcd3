//===- Drawings.h - The two graphs of a report, laid out --------*- C++ -*-===//

#ifndef TENON_LIB_EXPLAIN_DRAWINGS_H
#define TENON_LIB_EXPLAIN_DRAWINGS_H

#include "tenon/Explain/Layout.h"
#include "tenon/Explain/Report.h"

namespace tenon::explain {

/// A graph whose first items are the model's inputs and whose last ones are its
/// outputs; in between are the nodes, or the steps, of the report.
struct Drawing {
  std::vector<std::optional<Layout::Point>> items; ///< none: not drawn
  std::vector<Edge> edges;                         ///< between drawn items
  std::vector<std::vector<Layout::Point>> bends;   ///< of each edge
  double width = 0, height = 0;
};

/// The ONNX graph, without nodes that compute something from constants only.
/// Nodes of subgraphs are drawn too: what nothing in a subgraph reads leads to
/// the node that has the subgraph.
Drawing drawNodes(const Report &report);
/// The steps of the host program.
Drawing drawSteps(const Report &report);

} // namespace tenon::explain

#endif // TENON_LIB_EXPLAIN_DRAWINGS_H
