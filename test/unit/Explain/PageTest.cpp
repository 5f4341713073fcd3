//===- PageTest.cpp - The page and the JSON in it -------------------------===//

#include "tenon/Explain/Report.h"
#include <catch2/catch.hpp>

using namespace llvm;
using namespace tenon::explain;

static std::string pageOf(const Report &report) {
  std::string text;
  raw_string_ostream os(text);
  writePage(report, os);
  return text;
}

/// The block of JSON, cut out as a browser does it.
static json::Value blockOf(StringRef page) {
  auto [before, rest] =
      page.split("<script id=\"report\" type=\"application/json\">");
  Expected<json::Value> value = json::parse(rest.split("</script").first);
  REQUIRE(bool(value));
  return std::move(*value);
}

TEST_CASE("no name ends the block or writes HTML", "[explain]") {
  std::string hostile = "</script><script>alert(1)</script><!--\"&'";
  Report report;
  report.model = hostile;
  report.nodes.resize(1);
  report.nodes[0].name = hostile;
  report.nodes[0].inputs = {"\xff\xfe is no UTF-8", "\xe2\x80\xa8"};
  std::string page = pageOf(report);
  CHECK(!StringRef(page).contains("alert(1)</script>"));
  CHECK(!StringRef(page).contains("<!--"));
  json::Value block = blockOf(page);
  const json::Object &node =
      *block.getAsObject()->getArray("nodes")->front().getAsObject();
  CHECK(node.getString("name") == StringRef(hostile));
  CHECK(block.getAsObject()->getString("model") == StringRef(hostile));
  CHECK(node.getArray("inputs")->size() == 2);
}

TEST_CASE("the page is one file that asks for no other", "[explain]") {
  std::string page = pageOf(Report());
  StringRef text = page;
  CHECK(text.starts_with("<!doctype html>"));
  CHECK(text.contains("default-src 'none'"));
  for (StringRef part :
       {"src=", "@import", "url(", "fetch(", "<link", "XMLHttpRequest", "{{"})
    CHECK(!text.contains(part));
  CHECK(text.count("http") ==
        text.count("http-equiv") + text.count("http://www.w3.org/2000/svg"));
  CHECK(text.count("<script") == 2);
  CHECK(text.count("</script>") == 2);
}
