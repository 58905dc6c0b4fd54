from django.urls import URLPattern, path

from files.api import accesses, archives, direct, kept, picture, shares, uploads

app_name = "files"
urlpatterns: list[URLPattern] = [
    path("uploads/", uploads.UploadsView.as_view(), name="uploads"),
    path("uploads/<uuid:public_id>/", uploads.UploadView.as_view(), name="upload"),
    path("uploads/<uuid:public_id>/parts/", direct.UploadPartsView.as_view(), name="upload-parts"),
    path("uploads/<uuid:public_id>/complete/", direct.UploadCompleteView.as_view(), name="upload-complete"),
    path("spaces/", kept.SpacesView.as_view(), name="spaces"),
    path("spaces/<uuid:public_id>/", kept.SpaceView.as_view(), name="space"),
    path("folders/", kept.FoldersView.as_view(), name="folders"),
    path("folders/<uuid:public_id>/", kept.FolderView.as_view(), name="folder"),
    path("folders/<uuid:public_id>/accesses/", accesses.FolderAccessesView.as_view(), name="folder-accesses"),
    path("folders/<uuid:public_id>/openers/", accesses.FolderOpenersView.as_view(), name="folder-openers"),
    path("folders/<uuid:public_id>/archive/", archives.FolderArchiveView.as_view(), name="folder-archive"),
    path("folders/<uuid:public_id>/restore/", kept.FolderRestoreView.as_view(), name="folder-restore"),
    path("files/", kept.FilesView.as_view(), name="files"),
    path("files/<uuid:public_id>/", kept.FileView.as_view(), name="file"),
    path("files/<uuid:public_id>/restore/", kept.FileRestoreView.as_view(), name="file-restore"),
    path("files/<uuid:public_id>/versions/", kept.FileVersionsView.as_view(), name="file-versions"),
    path(
        "files/<uuid:public_id>/versions/<int:number>/restore/",
        kept.FileVersionRestoreView.as_view(),
        name="file-version-restore",
    ),
    path("files/<uuid:public_id>/accesses/", accesses.FileAccessesView.as_view(), name="file-accesses"),
    path("files/<uuid:public_id>/openers/", accesses.FileOpenersView.as_view(), name="file-openers"),
    path("shares/", shares.SharesView.as_view(), name="shares"),
    path("shares/<uuid:public_id>/", shares.ShareView.as_view(), name="share"),
    path("me/picture/", picture.MyPictureView.as_view(), name="my-picture"),
]
