from django.urls import URLPattern, path

from files.views import archives, kept, links, places, rooms, serve, sharing

app_name = "files"
_FILE = {"kind": "file"}
_FOLDER = {"kind": "folder"}
urlpatterns: list[URLPattern] = [
    path("", places.home, name="home"),
    path("shared/", places.shared, name="shared"),
    path("pick/", places.pick, name="pick"),
    path("act/", places.act, name="act"),
    path("spaces/<uuid:public_id>/", places.space, name="space"),
    path("spaces/<uuid:public_id>/room/", rooms.space_room, name="space-room"),
    path("people/<uuid:public_id>/room/", rooms.person_room, name="person-room"),
    path("spaces/<uuid:public_id>/bin/", places.bin, name="bin"),
    path("spaces/<uuid:public_id>/folders/", places.folder_new, name="folder-new"),
    path("folders/<uuid:public_id>/", places.folder, name="folder"),
    path("folders/<uuid:public_id>/archive/", archives.folder_archive, name="folder-archive"),
    path("folders/<uuid:public_id>/move/", kept.move_entry, _FOLDER, name="move-folder"),
    path("folders/<uuid:public_id>/rename/", kept.rename_entry, _FOLDER, name="rename-folder"),
    path("folders/<uuid:public_id>/share/", sharing.share, _FOLDER, name="share-folder"),
    path("folders/<uuid:public_id>/accesses.csv", kept.access_log, _FOLDER, name="log-folder"),
    path("kept/<uuid:public_id>/", kept.file, name="file"),
    path("kept/<uuid:public_id>/open/<str:name>", kept.open_file, name="open"),
    path("kept/<uuid:public_id>/preview/<str:rendition>/", kept.open_rendition, name="rendition"),
    path("kept/<uuid:public_id>/move/", kept.move_entry, _FILE, name="move-file"),
    path("kept/<uuid:public_id>/rename/", kept.rename_entry, _FILE, name="rename-file"),
    path("kept/<uuid:public_id>/share/", sharing.share, _FILE, name="share-file"),
    path("kept/<uuid:public_id>/accesses.csv", kept.access_log, _FILE, name="log-file"),
    path("kept/<uuid:public_id>/versions/", kept.version_new, name="version-new"),
    path("kept/<uuid:public_id>/versions/<int:number>/restore/", kept.version_restore, name="version-restore"),
    path("shares/<uuid:public_id>/end/", sharing.share_end, name="share-end"),
    path("signed/<str:token>/<str:name>", kept.open_signed, name="signed"),
    path("link/<str:token>/", links.link, name="link"),
    path("link/<str:token>/archive/", links.link_archive, name="link-archive"),
    path("link/<str:token>/<uuid:public_id>/shown/<str:rendition>/", links.link_rendition, name="link-rendition"),
    path("link/<str:token>/<uuid:public_id>/<str:name>", links.link_file, name="link-file"),
    path("<uuid:public_id>/<str:name>", serve.serve, name="serve"),
]
