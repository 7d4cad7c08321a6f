import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** Compresses a file to another one as Java programs do it. */
class GzipFile {
    public static void main(String[] paths) throws Exception {
        try (OutputStream output = new GZIPOutputStream(Files.newOutputStream(Path.of(paths[1])))) {
            Files.copy(Path.of(paths[0]), output);
        }
    }
}
