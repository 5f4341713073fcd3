//===- Main.cpp - The entry point of the runtime's unit tests -------------===//
//
// Alone in its file, as Catch2's implementation is slow to compile.
//
//===----------------------------------------------------------------------===//
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
