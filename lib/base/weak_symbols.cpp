/// What the compiler's start-up files would call if a profiler or transactional memory were linked
/// in. Left undefined, each name is sought in every library at every start.

// NOLINTBEGIN(bugprone-reserved-identifier): their names
extern "C" {
[[gnu::visibility("hidden")]] void __gmon_start__();
[[gnu::visibility("hidden")]] void _ITM_registerTMCloneTable(void* table, unsigned long size);
[[gnu::visibility("hidden")]] void _ITM_deregisterTMCloneTable(void* table);
}

void __gmon_start__() {}
void _ITM_registerTMCloneTable(void*, unsigned long) {}
void _ITM_deregisterTMCloneTable(void*) {}
// NOLINTEND(bugprone-reserved-identifier)
