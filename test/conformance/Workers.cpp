//===- Workers.cpp - Cases in child processes -----------------------------===//
//
// A child tells through a pipe which case it begins and how that ended, a JSON
// array a line: [case], then [case, status, reason]. What it prints to stderr
// goes to a file, whose first line is the reason of a crash.
//
//===----------------------------------------------------------------------===//

#include "test/conformance/Workers.h"
#include "llvm/ADT/StringExtras.h"
#include <chrono>
#include <csignal>
#include <deque>
#include <list>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace llvm;
using namespace tenon::conformance;
using Clock = std::chrono::steady_clock;

namespace {
struct Range {
  size_t first, last;
};

/// A child and what is known of it.
struct Worker {
  pid_t pid;
  int pipe;
  int errors; ///< file that its stderr goes to
  Range left; ///< cases without an outcome
  std::optional<size_t> begun = std::nullopt;
  Clock::time_point since = Clock::now(); ///< of what it does now
  std::string buffer = {};                ///< the begin of a line
  bool timedOut = false;
};

class Supervisor {
public:
  Supervisor(size_t count, const WorkerOptions &options,
             function_ref<Outcome(size_t)> runCase)
      : options(options), runCase(runCase), outcomes(count) {
    for (size_t first = 0; first < count; first += options.batch)
      queue.push_back({first, std::min(count, first + options.batch)});
  }

  std::vector<Outcome> run();

private:
  void start(Range range);
  [[noreturn]] void work(Range range, int pipe);
  void receive(Worker &worker, StringRef line);
  /// False when the child has gone.
  bool read(Worker &worker);
  void finish(Worker &worker);

  const WorkerOptions &options;
  function_ref<Outcome(size_t)> runCase;
  std::vector<Outcome> outcomes;
  std::deque<Range> queue;
  std::list<Worker> workers;
};
} // namespace

[[noreturn]] static void failSystem(const char *what) {
  report_fatal_error(Twine(what) + ": " + strerror(errno), false);
}

static void writeLine(int file, json::Array values) {
  std::string text;
  raw_string_ostream(text) << json::Value(std::move(values)) << "\n";
  for (StringRef rest = text; !rest.empty();) {
    ssize_t written = write(file, rest.data(), rest.size());
    if (written < 0)
      _exit(1); // nobody listens any more
    rest = rest.drop_front(written);
  }
}

void Supervisor::work(Range range, int pipe) {
  for (size_t i = range.first; i < range.last; ++i) {
    writeLine(pipe, json::Array{int64_t(i)});
    Outcome outcome = runCase(i);
    writeLine(pipe, json::Array{int64_t(i), int64_t(outcome.status),
                                json::fixUTF8(outcome.reason)});
  }
  _exit(0);
}

void Supervisor::start(Range range) {
  int ends[2];
  int errors = memfd_create("stderr", MFD_CLOEXEC);
  if (errors < 0 || pipe(ends))
    failSystem("a pipe to a child process");
  pid_t pid = fork();
  if (pid < 0)
    failSystem("a child process");
  if (pid == 0) {
    close(ends[0]);
    dup2(errors, STDERR_FILENO);
    work(range, ends[1]);
  }
  close(ends[1]);
  workers.push_back({pid, ends[0], errors, range});
}

void Supervisor::receive(Worker &worker, StringRef line) {
  json::Value value = cantFail(json::parse(line));
  const json::Array &fields = *value.getAsArray();
  size_t index = *fields[0].getAsInteger();
  worker.since = Clock::now();
  worker.begun = index;
  if (fields.size() == 1)
    return;
  outcomes[index] = {Status(*fields[1].getAsInteger()),
                     fields[2].getAsString()->str()};
  worker.begun.reset();
  worker.left.first = index + 1;
}

bool Supervisor::read(Worker &worker) {
  char bytes[4096];
  ssize_t count = ::read(worker.pipe, bytes, sizeof(bytes));
  if (count <= 0)
    return false;
  worker.buffer.append(bytes, count);
  StringRef text = worker.buffer;
  while (true) {
    auto [line, rest] = text.split('\n');
    if (line.size() == text.size())
      break;
    receive(worker, line);
    text = rest;
  }
  worker.buffer = text.str();
  return true;
}

/// The first line of what a child printed; "" if it printed nothing.
static std::string firstLine(int file) {
  char bytes[1024];
  ssize_t count = pread(file, bytes, sizeof(bytes), 0);
  return StringRef(bytes, std::max<ssize_t>(count, 0))
      .ltrim()
      .split('\n')
      .first.str();
}

static std::string describeEnd(int status) {
  if (WIFSIGNALED(status))
    return strsignal(WTERMSIG(status));
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

void Supervisor::finish(Worker &worker) {
  int status = 0;
  if (waitpid(worker.pid, &status, 0) < 0)
    failSystem("waiting for a child process");
  if (worker.left.first < worker.left.last) {
    size_t lost = worker.begun.value_or(worker.left.first);
    std::string reason = describeEnd(status);
    if (std::string line = firstLine(worker.errors); !line.empty())
      reason += ": " + line;
    outcomes[lost] =
        worker.timedOut
            ? Outcome{Status::timeout,
                      "more than " + std::to_string(options.timeout) + " s"}
            : Outcome{Status::crash, reason};
    queue.push_front({lost + 1, worker.left.last});
  }
  close(worker.pipe);
  close(worker.errors);
}

std::vector<Outcome> Supervisor::run() {
  auto limit = std::chrono::seconds(options.timeout);
  while (true) {
    while (!queue.empty() && workers.size() < options.jobs) {
      Range range = queue.front();
      queue.pop_front();
      if (range.first < range.last)
        start(range);
    }
    if (workers.empty())
      return std::move(outcomes);
    std::vector<pollfd> polled;
    for (Worker &worker : workers)
      polled.push_back({worker.pipe, POLLIN, 0});
    if (poll(polled.data(), polled.size(), 1000) < 0)
      failSystem("waiting for child processes");
    auto it = polled.begin();
    for (auto worker = workers.begin(); worker != workers.end(); ++it) {
      if (Clock::now() - worker->since > limit && !worker->timedOut) {
        worker->timedOut = true;
        kill(worker->pid, SIGKILL);
      }
      if (it->revents == 0 || read(*worker)) {
        ++worker;
        continue;
      }
      finish(*worker);
      worker = workers.erase(worker);
    }
  }
}

std::vector<Outcome>
tenon::conformance::runAll(size_t count, const WorkerOptions &options,
                           function_ref<Outcome(size_t)> runCase) {
  return Supervisor(count, options, runCase).run();
}
