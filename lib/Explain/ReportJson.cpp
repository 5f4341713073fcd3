//===- ReportJson.cpp - A report as the page reads it ---------------------===//

#include "lib/Explain/Drawings.h"
#include "tenon/Explain/Report.h"

using namespace llvm;
using namespace tenon;
using namespace tenon::explain;

StringRef explain::fateName(Fate fate) {
  switch (fate) {
  case Fate::kernel:
    return "kernel";
  case Fate::host:
    return "host";
  case Fate::constant:
    return "constant";
  case Fate::removed:
    return "removed";
  }
  llvm_unreachable("no such fate");
}

namespace {

/// Names in models are bytes; JSON is UTF-8.
class Writer {
public:
  explicit Writer(raw_ostream &os) : json(os) {}
  void write(const Report &report);

private:
  void text(StringRef key, StringRef value) {
    json.attribute(key, json::fixUTF8(value));
  }
  template <typename T> void number(StringRef key, std::optional<T> value) {
    if (value)
      json.attribute(key, *value);
  }
  void indices(StringRef key, ArrayRef<int> values) {
    json.attributeArray(key, [&] {
      for (int value : values)
        json.value(value);
    });
  }
  void tensors(StringRef key, ArrayRef<Tensor> values) {
    json.attributeArray(key, [&] {
      for (const Tensor &tensor : values)
        json.object([&] {
          text("name", tensor.name);
          text("type", tensor.type);
        });
    });
  }
  void node(const Node &node);
  void step(const Step &step);
  void kernel(const Kernel &kernel);
  void memory(const Memory &memory);
  void remark(const Remark &remark);
  void drawing(StringRef key, const Drawing &drawing);

  json::OStream json;
};

} // namespace

void Writer::node(const Node &node) {
  json.object([&] {
    text("name", node.name);
    text("op", node.op);
    if (node.parent >= 0)
      json.attribute("parent", node.parent);
    json.attributeArray("inputs", [&] {
      for (const std::string &input : node.inputs)
        json.value(json::fixUTF8(input));
    });
    tensors("outputs", node.outputs);
    indices("steps", node.steps);
    json.attribute("fate", fateName(node.fate));
    if (!node.why.empty())
      text("why", node.why);
    if (!node.pass.empty())
      text("pass", node.pass);
  });
}

void Writer::step(const Step &step) {
  json.object([&] {
    if (step.kernel >= 0)
      json.attribute("kernel", step.kernel);
    text("hero", step.hero);
    if (!step.schedule.empty())
      text("schedule", step.schedule);
    indices("nodes", step.nodes);
    json.attributeArray("operands", [&] {
      for (const Operand &operand : step.operands)
        json.object([&] {
          if (operand.step >= 0)
            json.attribute("step", operand.step);
          if (operand.input >= 0)
            json.attribute("input", operand.input);
          text("type", operand.type);
        });
    });
    json.attributeArray("results", [&] {
      for (const std::string &type : step.results)
        json.value(type);
    });
    if (step.kernel < 0)
      return;
    text("flops_text", step.flopsText);
    text("bytes_text", step.bytesText);
    number("flops", step.flops);
    number("bytes", step.bytes);
    number("predicted_us", step.predicted);
  });
}

void Writer::kernel(const Kernel &kernel) {
  json.object([&] {
    text("name", kernel.name);
    json.attribute("launches", kernel.launches);
    number("calls", kernel.calls);
    number("us", kernel.microseconds);
    number("predicted_us", kernel.predicted);
    number("flops", kernel.flops);
    number("bytes", kernel.bytes);
    if (kernel.predicted)
      json.attribute("bound", kernel.isMemoryBound ? "memory" : "compute");
  });
}

void Writer::memory(const Memory &memory) {
  json.attribute("weights_bytes", memory.weightBytes);
  number("arena_bytes", memory.arenaBytes);
  number("least_bytes", memory.leastBytes);
  number("apart_bytes", memory.apartBytes);
  json.attributeArray("slots", [&] {
    for (const Slot &slot : memory.slots)
      json.object([&] {
        text("bytes_text", slot.bytesText);
        number("bytes", slot.bytes);
        number("offset", slot.offset);
        json.attribute("first", slot.first);
        json.attribute("last", slot.last);
        json.attributeArray("values", [&] {
          for (const auto &[step, type] : slot.values)
            json.object([&] {
              if (step >= 0)
                json.attribute("step", step);
              text("type", type);
            });
        });
      });
  });
}

void Writer::remark(const Remark &remark) {
  json.object([&] {
    text("place", remark.place);
    text("kind", remark.kind);
    text("name", remark.name);
    text("category", remark.category);
    json.attributeArray("arguments", [&] {
      for (const auto &[key, value] : remark.arguments)
        json.array([&] {
          json.value(json::fixUTF8(key));
          json.value(json::fixUTF8(value));
        });
    });
  });
}

/// Places are in hundredths: [x, y] of items, [from, to, x, y, x, y ...] of
/// edges with their bends.
void Writer::drawing(StringRef key, const Drawing &drawing) {
  auto place = [&](const Layout::Point &point) {
    json.value(std::lround(point.x * 100));
    json.value(std::lround(point.y * 100));
  };
  json.attributeObject(key, [&] {
    json.attribute("width", std::lround(drawing.width * 100));
    json.attribute("height", std::lround(drawing.height * 100));
    json.attributeArray("items", [&] {
      for (const std::optional<Layout::Point> &item : drawing.items)
        item ? json.array([&] { place(*item); }) : json.value(nullptr);
    });
    json.attributeArray("edges", [&] {
      for (auto [edge, bends] : zip_equal(drawing.edges, drawing.bends))
        json.array([&, edge = edge, &bends = bends] {
          json.value(edge.from);
          json.value(edge.to);
          llvm::for_each(bends, place);
        });
    });
  });
}

void Writer::write(const Report &report) {
  json.object([&] {
    text("model", report.model);
    json.attribute("producer", "tenon " TENON_VERSION);
    text("target", report.target);
    json.attribute("threads", report.threads);
    tensors("inputs", report.inputs);
    tensors("outputs", report.outputs);
    json.attributeObject("sizes", [&] {
      for (const auto &[name, size] : report.sizes)
        json.attribute(json::fixUTF8(name), size);
    });
    if (report.machine)
      json.attributeObject("machine", [&] {
        json.attribute("gflops", report.machine->gflops);
        json.attribute("gbs", report.machine->gbs);
        json.attribute("read_gbs", report.machine->readGbs);
        json.attribute("cache_gbs", report.machine->cacheGbs);
        json.attribute("cache_bytes", report.machine->cacheBytes);
      });
    if (report.latency)
      json.attributeObject("latency_ms", [&] {
        json.attribute("median", report.latency->median);
        json.attribute("p90", report.latency->p90);
        json.attribute("min", report.latency->least);
        json.attribute("runs", report.latency->runs);
      });
    if (!report.unmeasured.empty())
      text("unmeasured", report.unmeasured);
    json.attributeArray("kernels", [&] {
      for (const Kernel &kernel : report.kernels)
        this->kernel(kernel);
    });
    json.attributeArray("nodes", [&] {
      for (const Node &node : report.nodes)
        this->node(node);
    });
    json.attributeArray("steps", [&] {
      for (const Step &step : report.steps)
        this->step(step);
    });
    json.attributeObject("memory", [&] { memory(report.memory); });
    json.attributeArray("remarks", [&] {
      for (const Remark &remark : report.remarks)
        this->remark(remark);
    });
    drawing("before", drawNodes(report));
    drawing("after", drawSteps(report));
  });
}

void explain::writeJson(const Report &report, raw_ostream &os) {
  Writer(os).write(report);
}
