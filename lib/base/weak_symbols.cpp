/// What the compiler's start-up files would call if a profiler or transactional memory were linked
/// in, and what libstdc++'s objects call where the linker has not put a direct access to thread
/// storage in its place, as it does in a program. Left undefined, each name is sought in every
/// library at every start.
#include <cstdlib>

// NOLINTBEGIN(bugprone-reserved-identifier): their names
extern "C" {
[[gnu::visibility("hidden")]] void __gmon_start__();
[[gnu::visibility("hidden")]] void _ITM_registerTMCloneTable(void* table, unsigned long size);
[[gnu::visibility("hidden")]] void _ITM_deregisterTMCloneTable(void* table);
[[gnu::visibility("hidden")]] void* __tls_get_addr(void* index);
}

void __gmon_start__() {}
void _ITM_registerTMCloneTable(void*, unsigned long) {}
void _ITM_deregisterTMCloneTable(void*) {}
void* __tls_get_addr(void*) { std::abort(); }
// NOLINTEND(bugprone-reserved-identifier)
