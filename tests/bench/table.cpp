/// `load table`: the samples of all rounds as a table of medians. A ratio is the median of the
/// turns' own ratios, so that only figures that were taken one after the other are compared.

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <utility>

#include "tests/bench/options.hpp"

namespace smtpd::bench {
namespace {

struct Table {
  std::vector<std::string> rows, measures;  ///< as they came
  std::map<std::pair<std::string, std::string>, std::vector<double>>
      samples;  ///< in the order of turns
};

void note(std::vector<std::string>& names, const std::string& name) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}

Table read_table() {
  Table table;
  std::array<char, 512> line;
  while (std::fgets(line.data(), line.size(), stdin)) {
    const std::string text = line.data();
    const auto first = text.find('\t');
    const auto second = first == text.npos ? first : text.find('\t', first + 1);
    if (second == text.npos) throw UsageError("not a sample: " + text);
    const std::string row = text.substr(0, first);
    const std::string measure = text.substr(first + 1, second - first - 1);
    note(table.rows, row);
    note(table.measures, measure);
    table.samples[{row, measure}].push_back(std::strtod(text.c_str() + second + 1, nullptr));
  }
  return table;
}

void print_figure(double value) {
  std::printf("  %9.*f", value < 10 ? 2 : value < 100 ? 1 : 0, value);
}

void print_ratio(const std::vector<double>& values, const std::vector<double>& base) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(values.size(), base.size()); ++i) {
    if (base[i] > 0) ratios.push_back(values[i] / base[i]);
  }
  if (ratios.empty()) {
    std::printf("  %18s", "-");
    return;
  }
  const double middle = median(ratios);  // sorts them
  std::printf("  %5.2f (%4.2f-%4.2f)", middle, ratios[ratios.size() / 4],
              ratios[ratios.size() - 1 - ratios.size() / 4]);
}

}  // namespace

int run_table(std::span<char* const> words) {
  if (!words.empty()) throw UsageError("table takes no argument");
  Table table = read_table();
  if (table.rows.empty()) throw UsageError("no samples");
  const std::string& base = table.rows.front();
  std::printf("%-40s  %9s", "", base.c_str());
  for (const std::string& row : table.rows) {
    if (row != base) std::printf("  %9s  %-18s", row.c_str(), "ratio (quartiles)");
  }
  std::printf("\n");
  for (const std::string& measure : table.measures) {
    std::printf("%-40s", measure.c_str());
    for (const std::string& row : table.rows) {
      const std::vector<double>& values = table.samples[{row, measure}];
      std::vector<double> sorted = values;
      if (sorted.empty()) {
        std::printf("  %9s", "-");
      } else {
        print_figure(median(sorted));
      }
      if (row != base) print_ratio(values, table.samples[{base, measure}]);
    }
    std::printf("\n");
  }
  return 0;
}

}  // namespace smtpd::bench
