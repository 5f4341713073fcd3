//===- ConvEmitterTest.cpp - Numbers of conv kernels ----------------------===//

#include "test/unit/Target/CPU/TestModules.h"
#include "test/unit/passes/Codegen/Emit/ContractionCase.h"
#include <catch2/catch.hpp>

using namespace tenon::test;

static void check(const ContractionCase &c) {
  CHECK(runContraction(c, tenon::cpu::test::hostTarget().name.c_str()) == "");
}

namespace {
struct Window {
  std::vector<int64_t> size, kernel, stride, low, high, dilation;
};
} // namespace

/// Sizes are expressions of one symbol per spatial dim if `isDynamic`.
static ContractionCase convolution(const Window &w, int64_t images,
                                   int64_t channels, int64_t columns,
                                   int64_t groups = 1, bool isDynamic = false) {
  ContractionCase c;
  c.strides = w.stride;
  c.dilations = w.dilation;
  c.low = w.low;
  c.groups = groups;
  c.left = {images};
  c.result = {images};
  for (size_t d = 0; d < w.size.size(); ++d) {
    int64_t more = w.low[d] + w.high[d] - (w.kernel[d] - 1) * w.dilation[d] - 1;
    int64_t out = (w.size[d] + more) / w.stride[d] + 1;
    c.right.push_back(w.kernel[d]);
    if (!isDynamic) {
      c.left.push_back(w.size[d]);
      c.result.push_back(out);
      continue;
    }
    std::string symbol = "s" + std::to_string(d);
    c.symbols.push_back({symbol, w.size[d]});
    c.left.push_back({symbol, w.size[d]});
    c.result.push_back({"floordiv(" + symbol + " + " + std::to_string(more) +
                            ", " + std::to_string(w.stride[d]) + ") + 1",
                        out});
  }
  c.left.push_back(channels);
  c.right.push_back(channels / groups);
  c.right.push_back(columns);
  c.result.push_back(columns);
  return c;
}

static const Window windows[] = {
    {{14, 30}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}},
    {{7, 7}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}},
    {{15, 29}, {3, 3}, {2, 2}, {1, 1}, {1, 1}, {1, 1}},
    {{15, 17}, {3, 3}, {1, 1}, {0, 0}, {0, 0}, {1, 1}},
    {{15, 17}, {1, 1}, {1, 1}, {0, 0}, {0, 0}, {1, 1}},
    {{15, 17}, {1, 1}, {2, 2}, {0, 0}, {0, 0}, {1, 1}},
    {{13, 10}, {5, 3}, {1, 2}, {2, 0}, {1, 2}, {1, 1}},
    {{20, 23}, {3, 3}, {2, 1}, {2, 3}, {2, 3}, {2, 3}},
    {{1, 1}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}},
    {{50}, {3}, {1}, {1}, {1}, {1}},
    {{50}, {4}, {3}, {3}, {2}, {2}},
    {{5, 6, 7}, {3, 3, 3}, {1, 2, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}},
    {{9, 8, 11}, {3, 2, 3}, {2, 1, 2}, {1, 0, 2}, {1, 1, 2}, {2, 1, 2}},
};

TEST_CASE("windows", "[ConvEmitter]") {
  size_t window = GENERATE(range(size_t(0), std::size(windows)));
  bool isDynamic = GENERATE(false, true);
  auto [channels, columns, groups] = GENERATE(table<int64_t, int64_t, int64_t>(
      {{5, 40, 1}, {8, 16, 1}, {6, 48, 2}, {20, 20, 20}}));
  CAPTURE(window, isDynamic, channels, columns, groups);
  check(convolution(windows[window], 2, channels, columns, groups, isDynamic));
}

TEST_CASE("the first layer of a network", "[ConvEmitter]") {
  check(convolution({{40, 44}, {7, 7}, {2, 2}, {3, 3}, {3, 3}, {1, 1}}, 1, 3,
                    64));
}

TEST_CASE("element types and operands", "[ConvEmitter]") {
  std::string element = GENERATE("f64", "f16", "i32");
  int64_t groups = GENERATE(1, 24);
  CAPTURE(element, groups);
  ContractionCase c = convolution(windows[0], 1, 24, 24, groups);
  c.element = element;
  c.isWeight = groups == 1;
  c.isLong = element != "i32";
  check(c);
}
