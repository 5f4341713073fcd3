//===- OpTable.cpp - Which ONNX operators can be imported, and how --------===//

#include "tenon/Import/Onnx/OpTable.h"
#include "Families.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/ErrorHandling.h"

using namespace llvm;

namespace tenon::onnx {

static OpTable makeTable() {
  OpTable table;
  registerActivation(table);
  registerAttention(table);
  registerConstant(table);
  registerControl(table);
  registerConv(table);
  registerEinsum(table);
  registerElementwise(table);
  registerGroupQueryAttention(table);
  registerIndexing(table);
  registerLoss(table);
  registerMatmul(table);
  registerMatmulNBits(table);
  registerMicrosoft(table);
  registerMovement(table);
  registerNorm(table);
  registerPool(table);
  registerQuantize(table);
  registerRecurrent(table);
  registerReduce(table);
  registerResize(table);
  registerShape(table);
  registerSignal(table);
  registerSlicing(table);
  return table;
}

const OpTable &OpTable::get() {
  static const OpTable table = makeTable();
  return table;
}

static std::string keyOf(StringRef domain, StringRef name) {
  return (domain + ":" + name).str();
}

void OpTable::on(StringRef domain, StringRef name, int64_t since, Arity inputs,
                 OpHandler handler) {
  Operator &op = table[keyOf(domain, name)];
  op.domain = domain;
  op.name = name;
  OpEntry *at = lower_bound(op.entries, since, [](const OpEntry &e, int64_t s) {
    return e.since < s;
  });
  if (at != op.entries.end() && at->since == since)
    report_fatal_error("ONNX operator " + domainForPeople(domain) + "." + name +
                       " is registered twice for version " + Twine(since));
  op.entries.insert(at, {since, inputs, handler});
}

const OpEntry *OpTable::lookup(StringRef domain, StringRef name,
                               int64_t opset) const {
  auto it = table.find(keyOf(domain, name));
  if (it == table.end())
    return nullptr;
  for (const OpEntry &entry : reverse(it->second.entries))
    if (entry.since <= opset)
      return &entry;
  return nullptr;
}

SmallVector<const OpTable::Operator *> OpTable::operators() const {
  SmallVector<const Operator *> all;
  for (const auto &entry : table)
    all.push_back(&entry.second);
  sort(all, [](const Operator *a, const Operator *b) {
    return std::pair(a->domain, a->name) < std::pair(b->domain, b->name);
  });
  return all;
}

} // namespace tenon::onnx
