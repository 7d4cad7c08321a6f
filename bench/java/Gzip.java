import java.io.IOException;
import java.util.zip.GZIPOutputStream;

/** Gzip by Java's standard library, from stdin to stdout. */
final class Gzip {
  public static void main(String[] args) throws IOException {
    try (GZIPOutputStream out = new GZIPOutputStream(System.out, 1 << 16)) {
      System.in.transferTo(out);
    }
  }
}
