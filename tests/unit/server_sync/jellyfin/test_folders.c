/* SPDX-License-Identifier: MIT
 * test_folders.c - an item is of the library in whose folder its file lies. */
#include "tests/unit/server_sync/jellyfin/records.h"

#include "actors/server_sync/jellyfin/folders.h"

static const char libraries[] =
    "[{'Name':'Films','CollectionType':'movies','ItemId':'" FILM "','Locations':['/media/films/',"
    "'D:\\\\Films']},{'Name':'Old films','ItemId':'" OTHER "','Locations':['/media/films/old']},"
    "{'Name':'No id','Locations':['/media/lost']},7]";

static const char *library_of(const struct folders *f, const char *path)
{
    const struct library *found = folders_library(f, path);
    return found != NULL ? found->name : "";
}

static void an_item_is_of_the_innermost_folder(void **state)
{
    (void)state;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(json_release) json_t *list = parse(libraries);
    struct folders f;
    folders_take(&f, list, "cabin", arena);
    assert_int_equal(f.library_count, 2);
    assert_string_equal(f.libraries[0].section_id, FILM);
    assert_string_equal(f.libraries[0].kind, "movie");
    assert_null(f.libraries[1].kind);
    assert_string_equal(library_of(&f, "/media/films/A film.mkv"), "Films");
    assert_string_equal(library_of(&f, "/media/films/old/A film.mkv"), "Old films");
    assert_string_equal(library_of(&f, "D:\\Films\\A film.mkv"), "Films");
    assert_string_equal(library_of(&f, "/media/filmstrips/A film.mkv"), "");
    assert_string_equal(library_of(&f, "/media/lost/A film.mkv"), "");
    assert_null(folders_library(&f, NULL));
    assert_null(folders_library(NULL, "/media/films/A film.mkv"));
}

static void a_folder_of_all_there_is_holds_nothing_and_what_is_no_list_is_none(void **state)
{
    (void)state;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(json_release) json_t *list = parse("[{'Name':'Films','ItemId':'3','Locations':['/']}]");
    OWNED(json_release) json_t *other = parse("{'Items':7}");
    struct folders f;
    folders_take(&f, list, "cabin", arena);
    assert_int_equal(f.library_count, 1);
    assert_int_equal(f.count, 0);
    folders_take(&f, other, "cabin", arena);
    folders_take(&f, NULL, "cabin", arena);
    assert_int_equal(f.library_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RECORDS_TEST(an_item_is_of_the_innermost_folder),
        RECORDS_TEST(a_folder_of_all_there_is_holds_nothing_and_what_is_no_list_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
