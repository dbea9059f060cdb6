/// The benchmark's tool: loads an SMTP server on 127.0.0.1, starts a per-connection program by
/// itself, finds free ports, and prints the table. The script `run` beside it is its usual caller.

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <exception>
#include <string_view>

#include "tests/bench/options.hpp"

namespace smtpd::bench {
namespace {

constexpr char usage[] =
    "usage: load traffic --port PORT [--concurrency N] [--seconds T | --sessions N]\n"
    "                    [--messages N] [--octets N] [--recipients N] [--batch N]\n"
    "       load start [--runs N] [--octets N] [--client ADDRESS] -- PROGRAM [ARGUMENT...]\n"
    "       load idle [--count N] [--client ADDRESS] -- PROGRAM [ARGUMENT...]\n"
    "       load dns [--after MILLISECONDS]\n"
    "       load ports [--count N]\n"
    "       load table < SAMPLES\n"
    "traffic  sessions with the server on 127.0.0.1:PORT, one message each unless told otherwise\n"
    "start    sessions with a program that serves one connection on descriptors 0 and 1\n"
    "idle     so many of them at once, greeted and silent: their memory\n"
    "dns      a DNS on 127.0.0.1 that answers so late: prints its port, serves until it is killed\n"
    "ports    prints free TCP ports of 127.0.0.1\n"
    "table    lines of row<TAB>measure<TAB>value as medians and as ratios to the first row\n";

struct Subcommand {
  std::string_view name;
  int (*run)(std::span<char* const> words);
};
constexpr Subcommand subcommands[] = {
    {"traffic", run_traffic}, {"start", run_start}, {"idle", run_idle},
    {"dns", run_dns},         {"ports", run_ports}, {"table", run_table},
};

double to_number(const std::string& name, const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || !(value > 0 && value < 1e9)) {
    throw UsageError(name + ": not a positive number: " + text);
  }
  return value;
}

}  // namespace

Options::Options(std::span<char* const> words, std::span<const std::string> known) {
  std::size_t i = 0;
  for (; i < words.size() && std::string_view(words[i]).starts_with("--"); i += 2) {
    const std::string name = words[i];
    if (name == "--") {
      ++i;
      break;
    }
    if (std::ranges::find(known, name.substr(2)) == known.end()) {
      throw UsageError("unknown option " + name);
    }
    if (i + 1 == words.size()) throw UsageError(name + ": no value");
    values_[name.substr(2)] = words[i + 1];
  }
  for (; i < words.size(); ++i) rest_.emplace_back(words[i]);
}

double Options::number(const std::string& name, double fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? fallback : to_number("--" + name, found->second);
}

std::size_t Options::count(const std::string& name, std::size_t fallback) const {
  return static_cast<std::size_t>(number(name, static_cast<double>(fallback)));
}

std::string Options::text(const std::string& name, const std::string& fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? fallback : found->second;
}

double median(std::vector<double>& values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace smtpd::bench

int main(int argc, char** argv) {
  using namespace smtpd::bench;
  const std::span<char* const> words(argv, static_cast<std::size_t>(argc));
  try {
    const auto found = std::ranges::find_if(subcommands, [&](const Subcommand& subcommand) {
      return words.size() > 1 && subcommand.name == words[1];
    });
    if (found == std::end(subcommands)) throw UsageError("which subcommand?");
    return found->run(words.subspan(2));
  } catch (const UsageError& error) {
    std::fprintf(stderr, "load: %s\n%s", error.what(), usage);
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "load: %s\n", error.what());
    return 1;
  }
}
