#include "lib/services/map.hpp"

#include <unistd.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include <boost/test/unit_test.hpp>
#include <random>
#include <string>
#include <string_view>

#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/map_files.hpp"

using smtpd::Errc;
using smtpd::Map;
using smtpd::transcript::Folder;
using smtpd::transcript::make_map;
using smtpd::transcript::MapEntries;
using namespace std::literals;

namespace {

/// What LMDB has allocated when its file turns out to be damaged in the middle of a call cannot be
/// freed: 234 octets, once for each damaged map.
#ifdef __SANITIZE_ADDRESS__
using MayLeak = __lsan::ScopedDisabler;
#else
struct MayLeak {
  MayLeak() {}
};
#endif

auto open(const std::string& path) {
  return path.ends_with(".cdb") ? smtpd::open_cdb(path) : smtpd::open_lmdb(path);
}

std::string make(const Folder& folder, std::string_view suffix, const MapEntries& entries) {
  const std::string path = folder.path() + "/map" + std::string(suffix);
  const auto made = make_map(path, entries);
  BOOST_REQUIRE_MESSAGE(made.has_value(), (made ? std::string() : made.error()));
  return path;
}

/// The value, `-` for none, or the error.
std::string value_of(Map& map, std::string_view key) {
  const auto value = map.find(key);
  if (!value) return "error: " + value.error().what;
  return value->value_or("-");
}

void put(const std::string& path, std::string_view octets) {
  BOOST_REQUIRE(smtpd::transcript::write_file(path, octets).has_value());
}

std::string octets_of(const std::string& path) {
  const auto octets = smtpd::transcript::read_file(path);
  BOOST_REQUIRE(octets.has_value());
  return *octets;
}

/// Asks for keys that are there and for some that are not; whatever comes back, it comes back.
unsigned errors_in(const std::string& path, const MapEntries& entries) {
  auto map = open(path);
  if (!map) return 1;
  unsigned errors = 0;
  for (const auto& [key, value] : entries) {
    if (!(*map)->find(key)) ++errors;
    if (!(*map)->find(key + "x")) ++errors;
  }
  return errors;
}

MapEntries many_entries(std::size_t count) {
  MapEntries entries;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    entries.emplace_back("user" + number + "@example.com", std::string(i % 50, 't') + number);
  }
  return entries;
}

constexpr std::string_view suffixes[] = {".cdb", ".lmdb"};

}  // namespace

BOOST_AUTO_TEST_SUITE(maps)

BOOST_AUTO_TEST_CASE(values) {
  for (const std::string_view suffix : suffixes) {
    const Folder folder;
    const std::string path =
        make(folder, suffix,
             {{"key", "value"}, {"empty", ""}, {"@host", "two words"}, {"nul\0in"s, "a\0b"s}});
    const auto map = open(path);
    BOOST_TEST_CONTEXT(suffix) {
      BOOST_REQUIRE(map.has_value());
      BOOST_TEST((*map)->path() == path);
      BOOST_TEST(value_of(**map, "key") == "value");
      BOOST_TEST(value_of(**map, "empty") == "");
      BOOST_TEST(value_of(**map, "@host") == "two words");
      BOOST_TEST(value_of(**map, "nul\0in"s) == "a\0b"s);
      for (const std::string_view key : {"Key", "ke", "keys", "", "host"})
        BOOST_TEST(value_of(**map, key) == "-");
      BOOST_TEST(value_of(**map, std::string(5000, 'k')) == "-");
    }
  }
}

// postmap writes a NUL behind each key and value.
BOOST_AUTO_TEST_CASE(postfix) {
  const Folder folder;
  const auto map = open(make(folder, ".lmdb", {{"key\0"s, "value\0"s}, {"other", "plain"}}));
  BOOST_REQUIRE(map.has_value());
  BOOST_TEST(value_of(**map, "key") == "value");
  BOOST_TEST(value_of(**map, "other") == "plain");
  BOOST_TEST(value_of(**map, "ke") == "-");
}

BOOST_AUTO_TEST_CASE(many) {
  const MapEntries entries = many_entries(5000);
  for (const std::string_view suffix : suffixes) {
    const Folder folder;
    const auto map = open(make(folder, suffix, entries));
    BOOST_REQUIRE(map.has_value());
    for (const auto& [key, value] : entries) BOOST_REQUIRE(value_of(**map, key) == value);
    BOOST_TEST(value_of(**map, "user5000@example.com") == "-");
  }
}

BOOST_AUTO_TEST_CASE(no_entry) {
  for (const std::string_view suffix : suffixes) {
    const Folder folder;
    const auto map = open(make(folder, suffix, {}));
    BOOST_REQUIRE(map.has_value());
    BOOST_TEST(value_of(**map, "key") == "-");
  }
}

BOOST_AUTO_TEST_CASE(no_file) {
  const Folder folder;
  for (const std::string_view suffix : suffixes) {
    for (const std::string_view name : {"/none", "/none/below"}) {
      const auto map = open(folder.path() + std::string(name) + std::string(suffix));
      BOOST_REQUIRE(!map.has_value());
      BOOST_TEST((map.error().code == Errc::not_found));
    }
  }
}

BOOST_AUTO_TEST_CASE(no_map) {
  for (const std::string_view suffix : suffixes) {
    const Folder folder;
    const std::string path = folder.path() + "/map" + std::string(suffix);
    for (const std::string& octets : {""s, "key value\n"s, std::string(2047, '\0'),
                                      std::string(8192, '\0'), std::string(8192, '\xff')}) {
      put(path, octets);
      const auto map = open(path);
      BOOST_TEST_CONTEXT(suffix << ' ' << octets.size()) {
        BOOST_REQUIRE(!map.has_value());
        BOOST_TEST((map.error().code == Errc::io));
        BOOST_TEST(map.error().what.starts_with(path + ": "));
      }
    }
    BOOST_TEST(
        (open(folder.path() + "/../" + std::string(suffix)).error().code == Errc::not_found));
  }
  const Folder folder;
  for (const std::string_view suffix : suffixes) {
    const std::string path = folder.path() + "/directory" + std::string(suffix);
    put(path + "/x", "");
    const auto map = open(path);
    BOOST_REQUIRE(!map.has_value());
    BOOST_TEST((map.error().code == Errc::io));
  }
}

BOOST_AUTO_TEST_CASE(a_value_that_is_too_long) {
  for (const std::string_view suffix : suffixes) {
    const Folder folder;
    const std::string path = make(folder, suffix,
                                  {{"a", std::string(Map::longest_value, 'v')},
                                   {"b", std::string(Map::longest_value + 1, 'v')}});
    const auto map = open(path);
    BOOST_REQUIRE(map.has_value());
    BOOST_TEST(value_of(**map, "a").size() == Map::longest_value);
    BOOST_TEST(value_of(**map, "b") == "error: " + path + ": a value is too long");
  }
}

// A file that is cut off at any place, before or while it is open: an error or an answer, no crash.
BOOST_AUTO_TEST_CASE(cut_off) {
  const MayLeak may_leak;
  const MapEntries entries = many_entries(300);
  for (const std::string_view suffix : suffixes) {
    const Folder folder;
    const std::string path = make(folder, suffix, entries);
    const std::string whole = octets_of(path);
    unsigned errors = 0;
    for (std::size_t size = 0; size < whole.size(); size += 997) {
      put(path, std::string_view(whole).substr(0, size));
      errors += errors_in(path, entries);
      put(path, whole);
      const auto map = open(path);
      BOOST_REQUIRE(map.has_value());
      BOOST_REQUIRE(::truncate(path.c_str(), static_cast<off_t>(size)) == 0);
      for (const auto& [key, value] : entries) errors += (*map)->find(key) ? 0U : 1U;
    }
    BOOST_TEST(errors > 100, suffix);
  }
}

// Octets that are changed at random.
BOOST_AUTO_TEST_CASE(damaged) {
  const MayLeak may_leak;
  const MapEntries entries = many_entries(60);
  std::mt19937 random(1);
  for (const std::string_view suffix : suffixes) {
    const Folder folder;
    const std::string path = make(folder, suffix, entries);
    const std::string whole = octets_of(path);
    unsigned errors = 0;
    for (int round = 0; round < 400; ++round) {
      std::string octets = whole;
      for (auto change = 1 + random() % 20; change > 0; --change)
        octets[random() % octets.size()] = static_cast<char>(random());
      put(path, octets);
      errors += errors_in(path, entries);
    }
    BOOST_TEST(errors > 100, suffix);
  }
}

BOOST_AUTO_TEST_SUITE_END()
