//===- Einsum.cpp - Sums of products by labels ----------------------------===//
//
// Operands are contracted from left to right: each step is one matmul, or one
// product if nothing is summed. A label is a letter; the dims of an ellipsis
// have labels beyond the letters, counted from the right, as they broadcast.
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "tenon/Import/Onnx/NodeReader.h"
#include "tenon/Import/Onnx/OpTable.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace tenon::onnx {

namespace {
using Labels = SmallVector<int>;

/// A value whose dims have distinct labels.
struct Term {
  Value value;
  Labels labels;
};
} // namespace

static constexpr int kEllipsis = 256;

static bool has(ArrayRef<int> labels, int label) {
  return llvm::is_contained(labels, label);
}
static int64_t positionOf(ArrayRef<int> labels, int label) {
  return llvm::find(labels, label) - labels.begin();
}

/// The labels of one term of the equation; its ellipsis stands for `spread`
/// dims.
static FailureOr<Labels> parseTerm(NodeReader &n, StringRef text,
                                   int64_t spread) {
  Labels labels;
  while (!text.empty()) {
    if (text.consume_front("...")) {
      for (int64_t k = spread; k-- > 0;)
        labels.push_back(kEllipsis + int(k));
      continue;
    }
    if (!llvm::isAlpha(text.front()))
      return n.error() << "attribute \"equation\" has a \"" << text.take_front()
                       << "\"",
             failure();
    labels.push_back(text.front());
    text = text.drop_front();
  }
  return labels;
}

/// How many dims the ellipsis of a term stands for, given its operand's rank.
static int64_t spreadOf(StringRef text, int64_t rank) {
  return text.contains("...") ? rank - int64_t(text.size() - 3) : 0;
}

/// Without "->": the ellipsis, then the labels that occur once, sorted.
static Labels implicitOutput(ArrayRef<Term> terms, int64_t spread) {
  Labels output, letters;
  for (int64_t k = spread; k-- > 0;)
    output.push_back(kEllipsis + int(k));
  for (const Term &term : terms)
    for (int label : term.labels)
      if (label < kEllipsis)
        letters.push_back(label);
  llvm::sort(letters);
  for (int label : letters)
    if (llvm::count(letters, label) == 1)
      output.push_back(label);
  return output;
}

/// Keeps of repeated labels the diagonal.
static Term takeDiagonals(TnBuilder &b, Value x, ArrayRef<int> labels) {
  Term term{x, Labels(labels)};
  for (size_t i = 0; i < term.labels.size(); ++i)
    for (size_t j = term.labels.size(); --j > i;) {
      if (term.labels[i] != term.labels[j])
        continue;
      Exprs dims = dimsOf(term.value), row(dims.size(), b.size(1)), column(row);
      row[i] = dims[i];
      column[j] = dims[j];
      Value isDiagonal =
          b.compare(tn::ComparePredicate::eq, b.iota(row, i, b.getI64Type()),
                    b.iota(column, j, b.getI64Type()));
      Value zero = b.scalarLike(0, x);
      Value sum = b.sum(b.select(isDiagonal, term.value, zero), int64_t(j));
      term.value = b.squeeze(sum, int64_t(j));
      term.labels.erase(term.labels.begin() + j);
    }
  return term;
}

/// Sums over the labels that nobody needs any more.
static Term dropUnused(TnBuilder &b, Term term, ArrayRef<int> needed) {
  SmallVector<int64_t> axes;
  Labels left;
  for (auto [i, label] : llvm::enumerate(term.labels))
    if (has(needed, label))
      left.push_back(label);
    else
      axes.push_back(i);
  if (axes.empty())
    return term;
  return {b.squeeze(b.sum(term.value, axes), axes), left};
}

/// The term with its dims in this order; labels that it lacks are of size 1.
static Value arrange(TnBuilder &b, const Term &term, ArrayRef<int> order) {
  SmallVector<int64_t> permutation, missing;
  for (auto [i, label] : llvm::enumerate(order))
    if (has(term.labels, label))
      permutation.push_back(positionOf(term.labels, label));
    else
      missing.push_back(i);
  return b.unsqueeze(b.transpose(term.value, permutation), missing);
}

/// Multiplies two terms and sums over what nobody needs any more.
static Term contract(TnBuilder &b, Term lhs, Term rhs, ArrayRef<int> needed) {
  auto needsAlso = [&](const Term &other) {
    Labels all(needed);
    all.append(other.labels);
    return all;
  };
  lhs = dropUnused(b, lhs, needsAlso(rhs));
  rhs = dropUnused(b, rhs, needsAlso(lhs));

  Labels batch, summed, rows, columns;
  for (int label : lhs.labels)
    (!has(rhs.labels, label) ? rows
     : has(needed, label)    ? batch
                             : summed)
        .push_back(label);
  for (int label : rhs.labels)
    if (!has(lhs.labels, label))
      columns.push_back(label);
  Labels result(batch);
  result.append(rows);
  result.append(columns);
  if (summed.empty())
    return {b.mul(arrange(b, lhs, result), arrange(b, rhs, result)), result};

  Labels left(batch), right(batch);
  left.append(rows);
  left.append(summed);
  right.append(summed);
  right.append(columns);
  Value x = arrange(b, lhs, left), y = arrange(b, rhs, right);
  Exprs xDims = dimsOf(x), yDims = dimsOf(y);
  int64_t nBatch = batch.size(), nRows = rows.size(), nSummed = summed.size();
  auto flatten = [&](Value v, ArrayRef<tn::ExprAttr> dims, int64_t middle) {
    Exprs flat(dims.take_front(nBatch));
    flat.push_back(b.product(dims.slice(nBatch, middle)));
    flat.push_back(b.product(dims.drop_front(nBatch + middle)));
    return b.reshape(v, flat);
  };
  Value product =
      b.matmul(flatten(x, xDims, nRows), flatten(y, yDims, nSummed));
  Exprs dims = dimsOf(product);
  dims.truncate(nBatch);
  llvm::append_range(dims, ArrayRef(xDims).slice(nBatch, nRows));
  llvm::append_range(dims, ArrayRef(yDims).drop_front(nBatch + nSummed));
  return {b.reshape(product, dims), result};
}

static LogicalResult importEinsum(NodeReader &n, TnBuilder &b) {
  std::string equation = n.stringAttr("equation", "").str();
  llvm::erase(equation, ' ');
  auto [left, right] = StringRef(equation).split("->");
  bool isExplicit = StringRef(equation).contains("->");
  SmallVector<StringRef> texts;
  left.split(texts, ',');
  SmallVector<Value> inputs = n.allInputs();
  if (n.failed())
    return failure();
  if (texts.size() != inputs.size())
    return n.error() << "attribute \"equation\" is for " << texts.size()
                     << " inputs, not " << inputs.size();

  SmallVector<Term> terms;
  int64_t spread = 0;
  for (auto [i, text] : llvm::enumerate(texts)) {
    int64_t own = spreadOf(text, rankOf(inputs[i]));
    FailureOr<Labels> labels = parseTerm(n, text, own);
    if (failed(labels))
      return failure();
    if (int64_t(labels->size()) != rankOf(inputs[i]))
      return n.error() << "term \"" << text << "\" does not fit input #" << i
                       << " of rank " << rankOf(inputs[i]);
    spread = std::max(spread, own);
    terms.push_back({inputs[i], *labels});
  }
  FailureOr<Labels> output = parseTerm(n, right, spread);
  if (failed(output))
    return failure();
  if (!isExplicit)
    output = implicitOutput(terms, spread);
  for (int label : *output)
    if (llvm::count(*output, label) != 1 ||
        llvm::none_of(terms,
                      [&](const Term &t) { return has(t.labels, label); }))
      return n.error() << "attribute \"equation\" names a result dim that is "
                          "in no term, or twice";

  Term result = takeDiagonals(b, terms[0].value, terms[0].labels);
  for (size_t i = 1; i < terms.size(); ++i) {
    Labels needed(*output);
    for (const Term &later : ArrayRef(terms).drop_front(i + 1))
      needed.append(later.labels);
    result = contract(
        b, result, takeDiagonals(b, terms[i].value, terms[i].labels), needed);
  }
  return n.finish(arrange(b, dropUnused(b, result, *output), *output));
}

void registerEinsum(OpTable &t) {
  t.on("Einsum", 12, Arity::atLeast(1), importEinsum);
}

} // namespace tenon::onnx
