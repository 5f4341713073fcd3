//===- LinkTest.cpp - Shared libraries and objects ------------------------===//

#include "tenon/Target/CPU/Link.h"
#include "tenon/Target/CPU/ModuleTable.h"
#include "test/unit/Target/CPU/TestModules.h"
#include "llvm/Object/ELFObjectFile.h"
#include <catch2/catch.hpp>
#include <cstring>
#include <dlfcn.h>

using namespace tenon;
using namespace tenon::cpu;
using namespace tenon::cpu::test;

namespace {

class Library {
public:
  explicit Library(const std::string &path)
      : handle(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    INFO((handle ? "" : dlerror()));
    REQUIRE(handle);
  }
  ~Library() { dlclose(handle); }
  const tn_module_desc *query(const char *symbol = TN_MODULE_QUERY_SYMBOL) {
    auto *query = reinterpret_cast<tn_module_query_fn>(dlsym(handle, symbol));
    REQUIRE(query);
    return query(TN_ABI_VERSION);
  }
  bool exports(const char *symbol) { return dlsym(handle, symbol); }

private:
  void *handle;
};

/// Weights of every kind: from a file, packed from a file, from memory, empty.
struct Weights {
  explicit Weights(const Folder &folder) {
    std::string path = folder.file("model.bin");
    std::string file(300000, '\0');
    for (size_t i = 0; i < file.size(); ++i)
      file[i] = char(i * 2654435761u >> 13);
    writeFile(path, file);
    expected.assign(600000, '\0');

    WeightSource plain;
    plain.path = path;
    plain.offset = 1001;
    plain.bytes = 200000;
    uint64_t at = blob.append(plain);
    std::memcpy(&expected[at], &file[1001], 200000);

    WeightSource packed;
    packed.path = path;
    packed.offset = 3;
    packed.bytes = 4 * 100 * 700;
    packed.packing = WeightPacking{{100, 700}, 4, {1, 0}, {1}, {16}, {1, 0, 2}};
    at = blob.append(packed);
    packWeight(*packed.packing, &file[3], &expected[at]);

    WeightSource constant;
    constant.storage = std::make_shared<std::vector<char>>(77, 'c');
    constant.data = *constant.storage;
    at = blob.append(constant);
    std::memset(&expected[at], 'c', 77);
    blob.append({});
    expected.resize(blob.bytes);
  }
  bool matches(const tn_module_desc *desc) const {
    return desc->weights_bytes == expected.size() &&
           uintptr_t(desc->weights) % TN_BUFFER_ALIGNMENT == 0 &&
           std::memcmp(desc->weights, expected.data(), expected.size()) == 0;
  }

  WeightBlob blob;
  std::string expected;
};

std::vector<ObjectCode> smallModel(const WeightBlob &weights, int status) {
  Modules modules;
  std::vector<ObjectCode> objects;
  objects.push_back(modules.compile(addKernel("k0", 4)));
  objects.push_back(modules.compile(hostProgram("host", status)));
  objects.push_back(llvm::cantFail(
      compileTable(smallTable("host", "k0", weights), hostTarget())));
  return objects;
}

int runStatus(const tn_module_desc *desc) {
  return desc->variants->run(nullptr, nullptr, nullptr, nullptr, nullptr);
}

} // namespace

TEST_CASE("a shared library with weights", "[Link]") {
  Folder folder;
  Weights weights(folder);
  auto objects = smallModel(weights.blob, 7);
  std::string path = folder.file("model.so");
  REQUIRE(!linkShared(objects, weights.blob, path));
  {
    Library library(path);
    const tn_module_desc *desc = library.query();
    CHECK(weights.matches(desc));
    CHECK(runStatus(desc) == 7);
    float data[32] = {};
    void *args[] = {data};
    desc->variants->kernels->fn(args, 1, 2);
    CHECK(data[15] == 0);
    CHECK(data[16] == 4);
    CHECK(!library.exports("k0"));
    CHECK(!library.exports("host"));
    CHECK(!library.exports("tn_weights"));
  }
  std::string bytes = readFile(path);
  REQUIRE(!linkShared(objects, weights.blob, path));
  CHECK(readFile(path) == bytes);
  CHECK(folder.list() == std::vector<std::string>{"model.bin", "model.so"});
}

TEST_CASE("section and segment of the weights agree", "[Link]") {
  Folder folder;
  Weights weights(folder);
  std::string path = folder.file("model.so");
  REQUIRE(!linkShared(smallModel(weights.blob, 0), weights.blob, path));
  auto binary =
      llvm::cantFail(llvm::object::ObjectFile::createObjectFile(path));
  bool found = false;
  for (llvm::object::SectionRef section : binary.getBinary()->sections())
    if (llvm::cantFail(section.getName()) == ".tenon.weights") {
      found = true;
      CHECK(!section.isBSS());
      CHECK(llvm::cantFail(section.getContents()) == weights.expected);
    }
  CHECK(found);
}

TEST_CASE("a library without weights", "[Link]") {
  Folder folder;
  std::string path = folder.file("model.so");
  REQUIRE(!linkShared(smallModel({}, 1), {}, path));
  CHECK(Library(path).query()->weights == nullptr);
}

TEST_CASE("an undefined symbol is named and nothing is left", "[Link]") {
  Folder folder;
  Modules modules;
  ObjectCode object = modules.compile(R"(module @kernels {
    llvm.func @expf(f32) -> f32
    llvm.func @k(%args: !llvm.ptr, %first: i64, %last: i64) {
      %x = llvm.load %args : !llvm.ptr -> f32
      %y = llvm.call @expf(%x) : (f32) -> f32
      llvm.store %y, %args : f32, !llvm.ptr
      llvm.return
    }
  })");
  std::string shared =
      llvm::toString(linkShared({object}, {}, folder.file("model.so")));
  CHECK_THAT(shared, Catch::Contains("undefined symbol: expf") &&
                         Catch::Contains("referenced by kernels") &&
                         Catch::Contains("model.so"));
  CHECK_THAT(llvm::toString(
                 writeObject({object}, {}, folder.file("model.o"), "model")),
             Catch::EndsWith("undefined symbol: expf"));
  CHECK(folder.list().empty());

  // The linker works again after an error.
  CHECK(!linkShared(smallModel({}, 1), {}, folder.file("model.so")));
}

TEST_CASE("wrong weights are an error and nothing is left", "[Link]") {
  Folder folder;
  Weights weights(folder);
  auto objects = smallModel(weights.blob, 7);
  writeFile(folder.file("model.bin"), "short");
  CHECK_THAT(llvm::toString(
                 linkShared(objects, weights.blob, folder.file("model.so"))),
             Catch::EndsWith("has 5 bytes, a weight needs 200000 at 1001"));
  CHECK(folder.list() == std::vector<std::string>{"model.bin"});
  CHECK_THAT(llvm::toString(linkShared(objects, {}, folder.file("none/a.so"))),
             Catch::Contains("cannot write output"));
}

TEST_CASE("two models as objects in one program", "[Link]") {
  Folder folder;
  Weights weights(folder);
  for (int i : {1, 2})
    REQUIRE(!writeObject(smallModel(weights.blob, i), weights.blob,
                         folder.file("m" + std::to_string(i) + ".o"),
                         "m" + std::to_string(i)));
  CHECK(folder.list() ==
        std::vector<std::string>{"m1.h", "m1.o", "m2.h", "m2.o", "model.bin"});
  CHECK_THAT(readFile(folder.file("m1.h")),
             Catch::Contains("*m1_tn_module_query(uint32_t abi_version);"));

  std::vector<ObjectCode> program;
  for (const char *name : {"m1.o", "m2.o"}) {
    std::string bytes = readFile(folder.file(name));
    program.push_back({name, {bytes.begin(), bytes.end()}});
  }
  std::string path = folder.file("both.so");
  REQUIRE(!linkShared(program, {}, path));
  Library library(path);
  for (int i : {1, 2}) {
    std::string symbol = "m" + std::to_string(i) + "_tn_module_query";
    const tn_module_desc *desc = library.query(symbol.c_str());
    CHECK(runStatus(desc) == i);
    CHECK(weights.matches(desc));
  }
}

TEST_CASE("a prefix must be a C name", "[Link]") {
  Folder folder;
  CHECK_THAT(llvm::toString(writeObject({}, {}, folder.file("a.o"), "2-a")),
             Catch::Contains("'2-a' cannot start the names of C functions"));
}
