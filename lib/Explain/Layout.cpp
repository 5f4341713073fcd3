//===- Layout.cpp - Draws a graph in layers -------------------------------===//

#include "tenon/Explain/Layout.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include <numeric>

using namespace tenon;
using namespace tenon::explain;

namespace {

/// Edges that pass more layers than this have no bends: they would push apart
/// all that they pass.
constexpr int kMostBends = 24;
constexpr int kOrderings = 12;
constexpr int kPlacings = 16;
/// Of a node and of a bend, side by side.
constexpr double kNodeWidth = 1, kBendWidth = 0.22;

class Drawer {
public:
  Drawer(int nodes, llvm::ArrayRef<Edge> edges)
      : nodeCount(nodes), edges(edges), up(nodes), down(nodes) {}
  Layout draw();

private:
  void chooseLayers();
  void addBends();
  void orderLayers();
  int64_t crossings() const;
  void sortLayer(size_t layer, const std::vector<std::vector<int>> &neighbours);
  void place();
  void placeLayer(size_t layer,
                  const std::vector<std::vector<int>> &neighbours);
  double pull(int a, int b) const;
  double widthOf(int item) const {
    return item < nodeCount ? kNodeWidth : kBendWidth;
  }

  int nodeCount;
  llvm::ArrayRef<Edge> edges;
  /// Items are nodes, then bends. Neighbours in the layers next to them.
  std::vector<std::vector<int>> up, down;
  std::vector<int> layerOf;
  std::vector<int> depth; ///< of nodes: the longest path from above
  std::vector<std::vector<int>> bendsOf; ///< of each edge
  std::vector<std::vector<int>> layers;  ///< items from left to right
  std::vector<int> rank;                 ///< in its layer
  std::vector<double> x;
};

} // namespace

void Drawer::chooseLayers() {
  std::vector<std::vector<int>> to(nodeCount);
  std::vector<int> pending(nodeCount), order;
  for (const Edge &edge : edges) {
    to[edge.from].push_back(edge.to);
    ++pending[edge.to];
  }
  for (int i = 0; i < nodeCount; ++i)
    if (pending[i] == 0)
      order.push_back(i);
  layerOf.assign(nodeCount, 0);
  for (size_t i = 0; i < order.size(); ++i)
    for (int user : to[order[i]]) {
      layerOf[user] = std::max(layerOf[user], layerOf[order[i]] + 1);
      if (--pending[user] == 0)
        order.push_back(user);
    }
  depth = layerOf;
  assert(order.size() == size_t(nodeCount) && "the graph has a cycle");
  // Then as low as their users let them: chains that compute sizes, and inputs,
  // are beside what reads them.
  for (int node : llvm::reverse(order))
    if (!to[node].empty()) {
      int least = layerOf[to[node].front()];
      for (int user : to[node])
        least = std::min(least, layerOf[user]);
      layerOf[node] = least - 1;
    }
}

void Drawer::addBends() {
  bendsOf.resize(edges.size());
  llvm::DenseSet<std::pair<int, int>> seen;
  auto connect = [&](int above, int below) {
    down[above].push_back(below);
    up[below].push_back(above);
  };
  for (auto [i, edge] : llvm::enumerate(edges)) {
    int span = layerOf[edge.to] - layerOf[edge.from];
    if (!seen.insert({edge.from, edge.to}).second || span > kMostBends)
      continue;
    int last = edge.from;
    for (int layer = layerOf[edge.from] + 1; layer < layerOf[edge.to];
         ++layer) {
      int bend = layerOf.size();
      layerOf.push_back(layer);
      up.emplace_back();
      down.emplace_back();
      bendsOf[i].push_back(bend);
      connect(last, bend);
      last = bend;
    }
    connect(last, edge.to);
  }
}

//===----------------------------------------------------------------------===//
// Orders
//===----------------------------------------------------------------------===//

/// Pairs of edges between neighbouring layers that cross, by counting
/// inversions in a tree of partial sums.
int64_t Drawer::crossings() const {
  int64_t count = 0;
  std::vector<int> ends, sums;
  for (const std::vector<int> &layer : layers) {
    ends.clear();
    size_t widest = 0;
    for (int item : layer) {
      size_t first = ends.size();
      for (int below : down[item])
        ends.push_back(rank[below]);
      std::sort(ends.begin() + first, ends.end());
      for (size_t k = first; k < ends.size(); ++k)
        widest = std::max<size_t>(widest, ends[k] + 1);
    }
    sums.assign(widest + 1, 0);
    for (auto [seen, end] : llvm::enumerate(ends)) {
      int64_t notRight = 0;
      for (int k = end + 1; k > 0; k -= k & -k)
        notRight += sums[k];
      count += int64_t(seen) - notRight;
      for (size_t k = end + 1; k <= widest; k += k & -k)
        ++sums[k];
    }
  }
  return count;
}

/// By the mean rank of neighbours; items without any stay where they are.
void Drawer::sortLayer(size_t index,
                       const std::vector<std::vector<int>> &neighbours) {
  std::vector<int> &layer = layers[index];
  std::vector<std::pair<double, int>> keyed;
  for (int item : layer) {
    double sum = 0;
    for (int neighbour : neighbours[item])
      sum += rank[neighbour];
    size_t count = neighbours[item].size();
    keyed.emplace_back(count ? sum / count : rank[item], item);
  }
  llvm::stable_sort(keyed, llvm::less_first());
  for (auto [i, entry] : llvm::enumerate(keyed)) {
    layer[i] = entry.second;
    rank[entry.second] = i;
  }
}

void Drawer::orderLayers() {
  layers.resize(1 + *llvm::max_element(layerOf));
  rank.resize(layerOf.size());
  // A first order in which paths stay together.
  std::vector<bool> isSeen(layerOf.size());
  std::vector<int> stack;
  for (size_t root = 0; root < layerOf.size(); ++root) {
    if (!up[root].empty())
      continue;
    stack.push_back(root);
    while (!stack.empty()) {
      int item = stack.back();
      stack.pop_back();
      if (isSeen[item])
        continue;
      isSeen[item] = true;
      rank[item] = layers[layerOf[item]].size();
      layers[layerOf[item]].push_back(item);
      for (int below : llvm::reverse(down[item]))
        stack.push_back(below);
    }
  }
  std::vector<std::vector<int>> best = layers;
  int64_t least = crossings();
  for (int round = 0; round < kOrderings && least > 0; ++round) {
    if (round % 2 == 0)
      for (size_t i = 1; i < layers.size(); ++i)
        sortLayer(i, up);
    else
      for (size_t i = layers.size() - 1; i-- > 0;)
        sortLayer(i, down);
    if (int64_t now = crossings(); now < least) {
      least = now;
      best = layers;
    }
  }
  layers = std::move(best);
  for (const std::vector<int> &layer : layers)
    for (auto [i, item] : llvm::enumerate(layer))
      rank[item] = i;
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

/// How much an edge wants to be straight: bends do, and the longest paths, so
/// that what is beside them does not push them aside.
double Drawer::pull(int a, int b) const {
  if (a >= nodeCount || b >= nodeCount)
    return a >= nodeCount && b >= nodeCount ? 8 : 1;
  return std::abs(depth[a] - depth[b]) == 1 ? 8 : 1;
}

/// Moves items as close to the mean of their neighbours as order and widths
/// allow, in the sense of least squares: neighbours that are too close become a
/// block with one place.
void Drawer::placeLayer(size_t index,
                        const std::vector<std::vector<int>> &neighbours) {
  struct Block {
    double sum, weight; ///< of wanted places, less the offsets in the block
    size_t first;
    double place() const { return sum / weight; }
  };
  const std::vector<int> &layer = layers[index];
  std::vector<Block> blocks;
  std::vector<double> offsets(layer.size());
  double offset = 0;
  for (auto [i, item] : llvm::enumerate(layer)) {
    if (i > 0)
      offset += (widthOf(layer[i - 1]) + widthOf(item)) / 2;
    offsets[i] = offset;
    double wanted = 0, weight = 0;
    for (int neighbour : neighbours[item]) {
      double w = pull(item, neighbour);
      wanted += w * x[neighbour];
      weight += w;
    }
    if (weight == 0)
      wanted = x[item], weight = 0.1;
    else
      wanted /= weight;
    blocks.push_back({(wanted - offset) * weight, weight, i});
    while (blocks.size() > 1 &&
           blocks[blocks.size() - 2].place() > blocks.back().place()) {
      Block last = blocks.back();
      blocks.pop_back();
      blocks.back().sum += last.sum;
      blocks.back().weight += last.weight;
    }
  }
  for (size_t b = 0; b < blocks.size(); ++b) {
    size_t end = b + 1 < blocks.size() ? blocks[b + 1].first : layer.size();
    for (size_t i = blocks[b].first; i < end; ++i)
      x[layer[i]] = blocks[b].place() + offsets[i];
  }
}

void Drawer::place() {
  x.resize(layerOf.size());
  for (const std::vector<int> &layer : layers) {
    double at = 0;
    for (int item : layer) {
      x[item] = at + widthOf(item) / 2;
      at += widthOf(item);
    }
    for (int item : layer)
      x[item] -= at / 2;
  }
  std::vector<std::vector<int>> both(layerOf.size());
  for (size_t i = 0; i < both.size(); ++i) {
    both[i] = up[i];
    llvm::append_range(both[i], down[i]);
  }
  for (int round = 0; round < kPlacings; ++round) {
    const auto &neighbours = round + 8 >= kPlacings ? both
                             : round % 2 == 0       ? up
                                                    : down;
    if (round % 2 == 0)
      for (size_t i = 0; i < layers.size(); ++i)
        placeLayer(i, neighbours);
    else
      for (size_t i = layers.size(); i-- > 0;)
        placeLayer(i, neighbours);
  }
}

Layout Drawer::draw() {
  Layout layout;
  layout.bends.resize(edges.size());
  if (nodeCount == 0)
    return layout;
  chooseLayers();
  addBends();
  orderLayers();
  place();
  double left = x[0] - kNodeWidth / 2, right = left;
  for (size_t i = 0; i < x.size(); ++i) {
    left = std::min(left, x[i] - widthOf(i) / 2);
    right = std::max(right, x[i] + widthOf(i) / 2);
  }
  auto pointOf = [&](int item) {
    return Layout::Point{x[item] - left, double(layerOf[item])};
  };
  for (int i = 0; i < nodeCount; ++i)
    layout.nodes.push_back(pointOf(i));
  for (auto [bends, points] : llvm::zip_equal(bendsOf, layout.bends))
    for (int bend : bends)
      points.push_back(pointOf(bend));
  layout.width = right - left;
  layout.height = layers.size();
  return layout;
}

Layout explain::layoutGraph(int nodes, llvm::ArrayRef<Edge> edges) {
  return Drawer(nodes, edges).draw();
}
