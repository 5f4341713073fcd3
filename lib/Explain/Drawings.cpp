//===- Drawings.cpp - The two graphs of a report, laid out ----------------===//

#include "lib/Explain/Drawings.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringMap.h"
#include <map>

using namespace llvm;
using namespace tenon;
using namespace tenon::explain;

static Drawing draw(const BitVector &isDrawn, std::vector<Edge> edges) {
  DenseSet<std::pair<int, int>> seen;
  erase_if(edges, [&](const Edge &edge) {
    return !isDrawn[edge.from] || !isDrawn[edge.to] || edge.from == edge.to ||
           !seen.insert({edge.from, edge.to}).second;
  });
  std::vector<int> number(isDrawn.size());
  int count = 0;
  for (unsigned item : isDrawn.set_bits())
    number[item] = count++;
  std::vector<Edge> numbered;
  for (const Edge &edge : edges)
    numbered.push_back({number[edge.from], number[edge.to]});
  Layout layout = layoutGraph(count, numbered);
  Drawing drawing{{},
                  std::move(edges),
                  std::move(layout.bends),
                  layout.width,
                  layout.height};
  drawing.items.resize(isDrawn.size());
  for (unsigned item : isDrawn.set_bits())
    drawing.items[item] = layout.nodes[number[item]];
  return drawing;
}

/// Inputs, nodes that matter, and what depends on them.
static BitVector drawnNodes(const Report &report, ArrayRef<Edge> edges) {
  int first = report.inputs.size();
  BitVector isDrawn(first + report.nodes.size() + report.outputs.size());
  std::vector<std::vector<int>> users(isDrawn.size());
  for (const Edge &edge : edges)
    users[edge.from].push_back(edge.to);
  std::vector<int> pending;
  auto reach = [&](int item) {
    if (!isDrawn[item])
      pending.push_back(item);
    isDrawn.set(item);
  };
  for (int i = 0; i < first; ++i)
    reach(i);
  for (auto [i, node] : enumerate(report.nodes))
    if (node.fate == Fate::kernel || node.fate == Fate::host)
      reach(first + i);
  for (size_t i = 0; i < report.outputs.size(); ++i)
    reach(first + report.nodes.size() + i);
  while (!pending.empty()) {
    int item = pending.back();
    pending.pop_back();
    for_each(users[item], reach);
  }
  return isDrawn;
}

Drawing explain::drawNodes(const Report &report) {
  int first = report.inputs.size(), count = report.nodes.size();
  std::map<int, StringMap<int>> producers; // by graph
  for (auto [i, input] : enumerate(report.inputs))
    producers[0][input.name] = i;
  for (auto [i, node] : enumerate(report.nodes))
    for (const Tensor &output : node.outputs)
      if (!output.name.empty())
        producers[node.graph][output.name] = first + i;

  std::vector<Edge> edges;
  std::vector<bool> isRead(count);
  for (auto [i, node] : enumerate(report.nodes))
    for (const std::string &input : node.inputs)
      for (const Node *scope = &node; scope;
           scope = scope->parent < 0 ? nullptr : &report.nodes[scope->parent]) {
        const StringMap<int> &names = producers[scope->graph];
        auto found = names.find(input);
        if (found == names.end())
          continue;
        edges.push_back({found->second, first + int(i)});
        if (found->second >= first && scope == &node)
          isRead[found->second - first] = true;
        break;
      }
  for (auto [i, node] : enumerate(report.nodes))
    if (node.parent >= 0 && !isRead[i])
      edges.push_back({first + int(i), first + node.parent});
  for (auto [i, output] : enumerate(report.outputs))
    if (auto found = producers[0].find(output.name);
        found != producers[0].end())
      edges.push_back({found->second, first + count + int(i)});
  BitVector isDrawn = drawnNodes(report, edges);
  return draw(isDrawn, std::move(edges));
}

Drawing explain::drawSteps(const Report &report) {
  int first = report.inputs.size(), count = report.steps.size();
  std::vector<Edge> edges;
  for (auto [i, step] : enumerate(report.steps))
    for (const Operand &operand : step.operands) {
      if (operand.step >= 0)
        edges.push_back({first + operand.step, first + int(i)});
      else if (operand.input >= 0)
        edges.push_back({operand.input, first + int(i)});
    }
  for (auto [i, step] : enumerate(report.outputSteps))
    if (step >= 0)
      edges.push_back({first + step, first + count + int(i)});
  BitVector all(first + count + report.outputs.size(), true);
  return draw(all, std::move(edges));
}
