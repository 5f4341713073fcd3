//===- Status.cpp - Status codes and the thread's last message ------------===//
//
// The message has a fixed place per thread, so that reporting that memory is
// exhausted needs no memory.
//
//===----------------------------------------------------------------------===//
#include "Status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static constexpr size_t kMessageBytes = 1024;
static thread_local char lastMessage[kMessageBytes];

tn_status tenon::runtime::fail(tn_status status, const char *format, ...) {
  // An argument may be the last message itself.
  char text[kMessageBytes];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  memcpy(lastMessage, text, sizeof(text));
  return status;
}

tn_status tenon::runtime::failOutOfMemory(const char *what, int64_t bytes) {
  return fail(TN_OUT_OF_MEMORY, "out of memory: %s needs %lld bytes", what,
              static_cast<long long>(bytes));
}

const char *tn_last_message(void) { return lastMessage; }

const char *tn_status_name(tn_status status) {
  switch (status) {
  case TN_OK:
    return "ok";
  case TN_INVALID_ARGUMENT:
    return "invalid argument";
  case TN_LOAD_FAILED:
    return "load failed";
  case TN_VERSION_MISMATCH:
    return "version mismatch";
  case TN_UNSUPPORTED:
    return "unsupported";
  case TN_OUT_OF_MEMORY:
    return "out of memory";
  case TN_RUN_FAILED:
    return "run failed";
  case TN_IO_FAILED:
    return "I/O failed";
  }
  return "unknown status";
}

const char *tn_runtime_version(void) { return TENON_VERSION; }
